import type { AxiosAdapter, AxiosInstance, InternalAxiosRequestConfig } from 'axios';
import type { Context } from '../common/context.js';
import { axiosBuildOf } from './axios-build.js';
import type { Account } from '../accounts/account.js';
import type { AccountChooser } from './outbound-account.js';
import { httpTransport } from './http.transport.js';
import { callersOwnCall, outboundCall } from './outbound-call.js';
import { keepFormReplayable } from './replayable-body.js';
import { requestOptionsOf } from './request-options.js';
import { isRelativeTo, targetOf } from './request-target.js';
import type { Transport } from './transport.js';
import { adapterTransport } from './transport.js';

export interface AuthorizationDeps {
  readonly choose: AccountChooser;
  readonly context: Context;
}

/** What each of our adapters wraps, so that none is ever wrapped twice: axios-retry runs interceptors again. */
const wrapped = new WeakMap<AxiosAdapter, AxiosAdapter>();

/**
 * Authorizes the calls of an axios instance at the adapter seam, below all interceptors: they run once per call, also
 * when it is retried, see no token, and may rewrite the request until the last moment.
 *
 * @returns undoes it
 */
export function authorizeInstance(instance: AxiosInstance, deps: AuthorizationDeps): () => void {
  const axios = axiosBuildOf(instance);
  const { choose, context } = deps;
  const http = axios.getAdapter('http');
  const ours = new WeakMap<AxiosAdapter, AxiosAdapter>();

  const wrap = (base: AxiosAdapter, transport: Transport): AxiosAdapter => {
    const authorized: AxiosAdapter = (config) => {
      const account = requestOptionsOf(config).skip ? undefined : choose(config);
      if (!account) return base(config);
      if (hasOwnCredentials(config, account)) return callersOwnCall(transport, config, account);
      return outboundCall(transport, config, account, { axios, context });
    };
    const adapter: AxiosAdapter = (config) => {
      try {
        return authorized(config);
      } catch (error) {
        return Promise.reject(error);
      }
    };
    ours.set(base, adapter);
    wrapped.set(adapter, base);
    return adapter;
  };
  const transportOf = (base: AxiosAdapter, isNamed: boolean): Transport => {
    if (base === http) return httpTransport(http, axios);
    // Of those with a name only `fetch` is left. It takes custom headers along to other origins, so it may not go there.
    return adapterTransport(base, isNamed ? { maxRedirects: 0 } : undefined);
  };

  const id = instance.interceptors.request.use(
    (config) => {
      const given = config.adapter;
      const isNamed = typeof given !== 'function';
      const adapter = isNamed ? axios.getAdapter(given ?? axios.defaults.adapter, config) : given;
      const base = wrapped.get(adapter) ?? adapter;
      config.adapter = ours.get(base) ?? wrap(base, transportOf(base, isNamed));
      keepFormReplayable(config);
      return config;
    },
    null,
    { synchronous: true },
  );
  return () => instance.interceptors.request.eject(id);
}

/** A header that the caller set wins; so does basic authentication, for which axios drops `Authorization`. */
function hasOwnCredentials(config: InternalAxiosRequestConfig, { site: { tokenHeader, baseURL } }: Account): boolean {
  if (config.headers.has(tokenHeader.name)) return true;
  if (tokenHeader.name !== 'Authorization') return false;
  if (config.auth) return true;
  const target = isRelativeTo(baseURL, config) ? undefined : targetOf(config);
  return Boolean(target?.username || target?.password);
}
