import type { AxiosAdapter, InternalAxiosRequestConfig } from 'axios';
import { pastProxies } from './past-proxies.js';
import { adapterTransport, type Transport, type WireRequest } from './transport.js';

type FetchOptions = RequestInit & { dispatcher?: ReturnType<typeof pastProxies> };

/** Through axios's `fetch` adapter. Node's `fetch` takes custom headers along to other origins, so it follows no redirect. */
export function fetchTransport(adapter: AxiosAdapter): Transport {
  return adapterTransport(adapter, fetchSettings);
}

/** axios before 1.20 knows no `maxRedirects` here, and none knows `proxy`: both are said to `fetch` itself. */
function fetchSettings({ config, changes }: WireRequest): Partial<InternalAxiosRequestConfig> {
  const given = (config.fetchOptions ?? {}) as FetchOptions;
  const isDirect = changes?.proxy === false;
  const dispatcher = given.dispatcher ?? (isDirect ? pastProxies() : undefined);
  const redirect = given.redirect === 'error' ? 'error' : 'manual';
  const fetchOptions = { ...given, redirect, ...(dispatcher && { dispatcher }) };
  return { maxRedirects: 0, fetchOptions: fetchOptions as Record<string, unknown> };
}
