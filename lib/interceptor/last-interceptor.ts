import type { AxiosInstance, InternalAxiosRequestConfig } from 'axios';

type Config = InternalAxiosRequestConfig;
type RequestInterceptor = (config: Config) => Config;

/** What axios keeps of an interceptor. */
interface Handler {
  readonly fulfilled: RequestInterceptor;
  readonly rejected: null;
  readonly synchronous: true;
  readonly runWhen: (config: Config) => boolean;
}

/** axios visits the handlers of a manager by this method; its types leave it out. */
type Manager = AxiosInstance['interceptors']['request'] & { forEach(visit: (handler: Handler) => void): void };

/** The same interceptor for both orders in which axios runs interceptors. */
interface LastInterceptor {
  readonly newestFirst: Handler;
  readonly oldestFirst: Handler;
}

const added = new WeakMap<Manager, LastInterceptor[]>();

/**
 * Adds a request interceptor that runs after all others. It is not in the list of the instance's interceptors, so neither
 * `clear()` nor `eject()` removes it. Of several, the one that was added first runs last.
 *
 * @returns removes it
 */
export function addLastInterceptor(instance: AxiosInstance, fulfilled: RequestInterceptor): () => void {
  const interceptors = interceptorsOf(instance.interceptors.request as Manager);
  const handler = { fulfilled, rejected: null, synchronous: true } as const;
  const interceptor: LastInterceptor = {
    newestFirst: { ...handler, runWhen: runsNewestFirst },
    oldestFirst: { ...handler, runWhen: (config) => !runsNewestFirst(config) },
  };
  interceptors.push(interceptor);
  return () => {
    const at = interceptors.indexOf(interceptor);
    if (at >= 0) interceptors.splice(at, 1);
  };
}

function interceptorsOf(manager: Manager): LastInterceptor[] {
  const present = added.get(manager);
  if (present) return present;
  const interceptors: LastInterceptor[] = [];
  const forEach = manager.forEach.bind(manager);
  const value: Manager['forEach'] = (visit) => {
    for (const { newestFirst } of interceptors) visit(newestFirst);
    forEach(visit);
    for (let at = interceptors.length; at-- > 0;) visit(interceptors[at]!.oldestFirst);
  };
  Object.defineProperty(manager, 'forEach', { value, configurable: true, writable: true });
  added.set(manager, interceptors);
  return interceptors;
}

/** As axios decides it. */
function runsNewestFirst({ transitional }: Config): boolean {
  if (!transitional) return true;
  return Boolean((transitional as { legacyInterceptorReqResOrdering?: boolean }).legacyInterceptorReqResOrdering);
}
