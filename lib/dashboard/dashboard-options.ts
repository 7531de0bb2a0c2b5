import type { CanActivate, ModuleMetadata, Type } from '@nestjs/common';

/** A guard as `@UseGuards` takes it: a class that Nest makes, or an instance. @publicApi */
export type DashboardGuard = Type<CanActivate> | CanActivate;

/** @publicApi */
export interface AuthApisDashboardOptions extends Pick<ModuleMetadata, 'imports'> {
  /** Where the page is, below the app's global prefix. @default 'auth-apis' */
  readonly path?: string;
  /** Who may look. They stand before everything that the page consists of, the stream of events included. */
  readonly guards?: readonly DashboardGuard[];
  /**
   * It is meant that the page has no guards of its own: a global guard or the network protects it.
   *
   * @default false
   */
  readonly unguarded?: boolean;
  /**
   * Whether the page has "Refresh now" buttons: for everybody who may look, or for those that these guards let through
   * as well.
   *
   * @default false
   */
  readonly allowRefresh?: boolean | readonly DashboardGuard[];
  /** What the page is called. @default 'API tokens' */
  readonly title?: string;
}

/** Provides the checked options of one registration. */
export const DASHBOARD_OPTIONS = Symbol('nestjs-auth-apis.dashboard');

export const DEFAULT_PATH = 'auth-apis';
export const DEFAULT_TITLE = 'API tokens';

/** What is wrong with the options; each with its option and its remedy. Those of plain JavaScript may be anything. */
export function dashboardProblems(options: AuthApisDashboardOptions): string[] {
  const { imports: _, path, guards, unguarded, allowRefresh, title, ...others } = options;
  return [
    ...Object.keys(others).map((name) => `${name} is not an option: check its spelling`),
    ...(path !== undefined && !isPath(path)
      ? ["path must be plain segments of a URL: 'auth-apis', or 'internal/tokens'"]
      : []),
    ...guardsProblems(guards, unguarded),
    ...(Array.isArray(allowRefresh) ? listProblems('allowRefresh', allowRefresh) : []),
    ...(allowRefresh === undefined || typeof allowRefresh === 'boolean' || Array.isArray(allowRefresh)
      ? []
      : ['allowRefresh must be true, false, or guards that stand before it']),
    ...(title === undefined || typeof title === 'string' ? [] : ['title must be a text']),
  ];
}

/** Every platform takes it as it stands. */
const isPath = (path: unknown): boolean =>
  typeof path === 'string' &&
  path.split('/').every((segment) => /^[\w.~-]*$/.test(segment) && !/^\.\.?$/.test(segment));

function guardsProblems(guards: unknown, unguarded: unknown): string[] {
  if (unguarded !== undefined && typeof unguarded !== 'boolean') return ['unguarded must be true or false'];
  if (guards !== undefined && !Array.isArray(guards)) return ['guards must be a list of guards: classes or instances'];
  const list = (guards ?? []) as unknown[];
  if (unguarded && list.length > 0) return ['guards and unguarded: true contradict each other: give one of them'];
  if (unguarded) return [];
  if (list.length > 0) return listProblems('guards', list);
  return [
    'guards is missing or empty, and whoever reaches the server would see the page: name the guards that may let ' +
      'somebody look, guards: [AdminGuard], or say unguarded: true if a global guard or the network protects it',
  ];
}

function listProblems(option: string, guards: readonly unknown[]): string[] {
  if (guards.length === 0) return [`${option} is an empty list: give guards, true, or false`];
  return guards.flatMap((guard, i) =>
    isGuard(guard) ? [] : [`${option}[${i}] is no guard: give a class with a method canActivate(), or an instance`],
  );
}

/** A class need not have the method before it is made; an arrow function is none. */
function isGuard(guard: unknown): boolean {
  if (typeof guard === 'function') return guard.prototype !== undefined;
  return typeof (guard as Partial<CanActivate> | null | undefined)?.canActivate === 'function';
}
