import { axiosInstance } from './axios-instance.js';
import { type BoughtToken, buyToken } from './buy-token.js';
import { CarefulToken } from './careful-token.js';
import { type Contender, ORDER_PATH } from './contender.js';

/** The interceptor that most people write: keeps the token with its end, and buys another when that has come. */
export const byHand: Contender = {
  id: 'by-hand',
  title: 'axios interceptor by hand',
  transport: 'axios',
  role: 'refreshing',
  yardstick: 'static-axios',
  isStormy: true,
  async open(place) {
    const instance = axiosInstance(place);
    let token: BoughtToken | undefined;
    instance.interceptors.request.use(async (config) => {
      if (!token || Date.now() >= token.expiresAt) token = await buyToken(place);
      config.headers.set('Authorization', `Bearer ${token.value}`);
      return config;
    });
    return { call: () => instance.get(ORDER_PATH), close() {} };
  },
};

/** The same by somebody careful: one token request for all who wait, a little before the end. */
export const byHandCarefully: Contender = {
  id: 'by-hand-carefully',
  title: 'axios interceptor by hand, one request for all',
  transport: 'axios',
  role: 'refreshing',
  yardstick: 'static-axios',
  async open(place) {
    const instance = axiosInstance(place);
    const token = new CarefulToken(place);
    instance.interceptors.request.use(async (config) => {
      config.headers.set('Authorization', `Bearer ${await token.get()}`);
      return config;
    });
    return { call: () => instance.get(ORDER_PATH), close() {} };
  },
};
