import type { SchedulerRegistry } from '@nestjs/schedule';
import type { UpcomingAttempt } from 'nestjs-auth-apis';
import type { AttemptTimeout } from 'nestjs-auth-apis/schedule';
import { expectTrue, type Equal } from './expect-type.js';

// What the registry gives can be looked at, and cleared as any other.
export function due(registry: SchedulerRegistry): number {
  const timeout: AttemptTimeout = registry.getTimeout('auth-apis:verbit:default');
  expectTrue<Equal<typeof timeout.attempt, UpcomingAttempt>>();
  clearTimeout(timeout);
  return timeout.attempt.at;
}
