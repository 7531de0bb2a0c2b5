import type { Answer } from './answer.js';
import type { Call } from './call.js';

/** Asking for a token, or using one. */
export type CallKind = 'token' | 'api';

/** One endpoint of a vendor. */
export interface Route {
  readonly kind: CallKind;
  /** `undefined` is any. */
  readonly method: string | undefined;
  readonly path: RegExp;
  /** `params` are the decoded `:name` segments, in order. */
  readonly answer: (call: Call, ...params: string[]) => Answer;
}

/** @param path segments that start with a colon match anything */
export function route(
  kind: CallKind,
  method: string | undefined,
  path: string,
  answer: (call: Call, ...params: string[]) => Answer,
): Route {
  const pattern = path.replaceAll('.', String.raw`\.`).replaceAll(/:\w+/g, '([^/]+)');
  return { kind, method, path: new RegExp(`^${pattern}$`), answer };
}

/** The endpoint for a request; a token endpoint also for a method it does not have, so that it can say so. */
export function findRoute(routes: readonly Route[], { method, path }: Call): Route | undefined {
  const here = routes.filter((each) => each.path.test(path));
  return here.find((each) => allows(each, method)) ?? here.find((each) => each.kind === 'token');
}

export function allows(route: Route, method: string): boolean {
  return route.method === undefined || route.method === method;
}

export function paramsOf(route: Route, path: string): string[] {
  return (route.path.exec(path) ?? []).slice(1).map(decode);
}

/** A stray percent sign is the caller's affair, not a crash. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
