import { createRequire } from 'node:module';
import type { InternalAxiosRequestConfig } from 'axios';
import { axiosInstance } from './axios-instance.js';
import { type BoughtToken, buyToken } from './buy-token.js';
import { type Contender, ORDER_PATH } from './contender.js';

/** The package has no types. */
interface TokenProvider {
  (options: {
    getToken: () => Promise<BoughtToken>;
    headerFormatter: (token: BoughtToken) => string;
  }): (config: InternalAxiosRequestConfig) => Promise<InternalAxiosRequestConfig>;
  tokenCache(
    getToken: () => Promise<BoughtToken>,
    options: { getMaxAge: (token: BoughtToken) => number },
  ): () => Promise<BoughtToken>;
}

const tokenProvider = createRequire(import.meta.url)('axios-token-interceptor') as TokenProvider;

/** With its cache, told from each token how long it lives. */
export const axiosTokenInterceptor: Contender = {
  id: 'axios-token-interceptor',
  title: '`axios-token-interceptor`',
  transport: 'axios',
  role: 'refreshing',
  yardstick: 'static-axios',
  async open(place) {
    const instance = axiosInstance(place);
    const getMaxAge = ({ expiresAt }: BoughtToken): number => expiresAt - Date.now();
    const getToken = tokenProvider.tokenCache(() => buyToken(place), { getMaxAge });
    const headerFormatter = ({ value }: BoughtToken): string => `Bearer ${value}`;
    instance.interceptors.request.use(tokenProvider({ getToken, headerFormatter }));
    return { call: () => instance.get(ORDER_PATH), close() {} };
  },
};
