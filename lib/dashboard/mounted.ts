import { Controller, type Type, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';
import type { DashboardGuard } from './dashboard-options.js';

/** A controller at a path, behind guards: each registration has a class of its own. */
export function mounted(handlers: Type, path: string, guards: readonly DashboardGuard[]): Type {
  @Controller({ path, version: VERSION_NEUTRAL })
  @UseGuards(...guards)
  class Mounted extends handlers {}
  return Object.defineProperty(Mounted, 'name', { value: handlers.name });
}
