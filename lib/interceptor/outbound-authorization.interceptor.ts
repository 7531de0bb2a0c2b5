import type { HttpService } from '@nestjs/axios';
import type { AxiosInstance } from 'axios';
import { AuthApisOptionsError } from '../common/errors.js';
import { type AuthorizationDeps, authorizeInstance } from './authorize-instance.js';
import { isProcessWide } from './axios-build.js';

export const PROCESS_WIDE =
  'it has the axios instance of the whole process, and every bare `axios.get` would carry the token: ' +
  'import `HttpModule.register({})` instead of `HttpModule`, or use `new HttpService(axios.create())`';

/**
 * Authorizes the calls of an `HttpService` that the app already has. The account is the one with the longest base URL
 * that a call's target is below; calls elsewhere go out as they are.
 *
 * @example
 * ```ts
 * constructor(http: HttpService, authorization: OutboundAuthorizationInterceptor) {
 *   authorization.attach(http);
 * }
 * ```
 * @publicApi
 */
export class OutboundAuthorizationInterceptor {
  readonly #deps: AuthorizationDeps;
  readonly #attached = new Map<AxiosInstance, () => void>();

  /** @internal */
  constructor(deps: AuthorizationDeps) {
    this.#deps = deps;
  }

  /**
   * Decorates the calls of `http` from now on. Attaching twice is once.
   *
   * @returns detaches
   * @throws AuthApisOptionsError when it is no `HttpService`, or when it is the axios of the whole process, as plain
   *   `HttpModule` and `new HttpService()` have it: every library that calls `axios.get` would send the token
   */
  attach(http: Pick<HttpService, 'axiosRef'>): () => void {
    const instance = (http as { axiosRef?: AxiosInstance } | null | undefined)?.axiosRef;
    if (typeof instance?.interceptors?.request?.use !== 'function') {
      throw new AuthApisOptionsError(['it must be an HttpService of @nestjs/axios'], 'What attach() is given');
    }
    const present = this.#attached.get(instance);
    if (present) return present;
    if (isProcessWide(instance)) throw new AuthApisOptionsError([PROCESS_WIDE], 'The HttpService to attach to');
    const undo = authorizeInstance(instance, this.#deps);
    const detach = (): void => {
      if (this.#attached.delete(instance)) undo();
    };
    this.#attached.set(instance, detach);
    return detach;
  }

  /** Detaches from all, as at shutdown: `HttpModule.register` makes an axios instance that may outlive the app. @internal */
  detachAll(): void {
    for (const detach of this.#attached.values()) detach();
  }
}
