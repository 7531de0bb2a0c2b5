import type { AxiosAdapter, AxiosInstance, AxiosStatic, InternalAxiosRequestConfig } from 'axios';
import type { Context } from '../common/context.js';
import { AdapterSeam } from './adapter-seam.js';
import { axiosBuildOf, isFetchAdapter } from './axios-build.js';
import type { Account } from '../accounts/account.js';
import type { AccountChooser } from './outbound-account.js';
import { fetchTransport } from './fetch.transport.js';
import { httpTransport } from './http.transport.js';
import { addLastInterceptor } from './last-interceptor.js';
import { callersOwnCall, outboundCall } from './outbound-call.js';
import { keepFormReplayable } from './replayable-body.js';
import { requestOptionsOf } from './request-options.js';
import { isRelativeTo, targetOf } from './request-target.js';
import { adapterTransport, type Transport } from './transport.js';

export interface AuthorizationDeps {
  readonly choose: AccountChooser;
  readonly context: Context;
}

/**
 * Authorizes the calls of an axios instance at the adapter seam, below all interceptors: they run once per call, also
 * when it is retried, see no token, and may rewrite the request until the last moment.
 *
 * @returns undoes it
 */
export function authorizeInstance(instance: AxiosInstance, { choose, context }: AuthorizationDeps): () => void {
  const axios = axiosBuildOf(instance);
  const seam = new AdapterSeam(axios, (base, firstConfig) => {
    const transport = transportOf(axios, base, firstConfig);
    return (config) => {
      const account = requestOptionsOf(config).skip ? undefined : choose(config);
      if (!account) return base(config);
      if (hasOwnCredentials(config, account)) return callersOwnCall(transport, config, account);
      return outboundCall(transport, config, account, { axios, context });
    };
  });
  return addLastInterceptor(instance, (config) => {
    // axios ends it before it calls an adapter.
    if (config.signal?.aborted || config.cancelToken?.reason) return config;
    seam.enter(config);
    keepFormReplayable(config);
    return config;
  });
}

function transportOf(axios: AxiosStatic, base: AxiosAdapter, config: InternalAxiosRequestConfig): Transport {
  const http = axios.getAdapter('http');
  if (base === http) return httpTransport(http, axios);
  return isFetchAdapter(base, config) ? fetchTransport(base) : adapterTransport(base);
}

/** A header that the caller set wins; so does basic authentication, for which axios drops `Authorization`. */
function hasOwnCredentials(config: InternalAxiosRequestConfig, { site: { tokenHeader, baseURL } }: Account): boolean {
  if (config.headers.has(tokenHeader.name)) return true;
  if (tokenHeader.name !== 'Authorization') return false;
  if (config.auth) return true;
  const target = isRelativeTo(baseURL, config) ? undefined : targetOf(config);
  return Boolean(target?.username || target?.password);
}
