import { createAuthRefresh } from 'axios-auth-refresh';
import { axiosInstance } from './axios-instance.js';
import { buyToken } from './buy-token.js';
import { type Contender, ORDER_PATH } from './contender.js';

/** As its README has it: a request interceptor puts the token on, a 401 buys the next. */
export const axiosAuthRefresh: Contender = {
  id: 'axios-auth-refresh',
  title: '`axios-auth-refresh`',
  transport: 'axios',
  role: 'refreshing',
  yardstick: 'static-axios',
  async open(place) {
    const instance = axiosInstance(place);
    // Where calls are answered without a vendor nobody says 401, and it would never get a token.
    let token = place.network === 'stub' ? (await buyToken(place)).value : '';
    instance.interceptors.request.use((config) => {
      config.headers.set('Authorization', `Bearer ${token}`);
      return config;
    });
    // It sees the types that axios has for CommonJS, which are others.
    createAuthRefresh(instance as unknown as Parameters<typeof createAuthRefresh>[0], async () => {
      token = (await buyToken(place)).value;
    });
    return { call: () => instance.get(ORDER_PATH), close() {} };
  },
};
