import { axiosInstance } from './axios-instance.js';
import { buyToken } from './buy-token.js';
import { type Contender, ORDER_PATH } from './contender.js';

/** The floor: axios, and a header that is written once. */
export const staticAxios: Contender = {
  id: 'static-axios',
  title: 'axios, static header',
  transport: 'axios',
  role: 'static',
  yardstick: 'static-axios',
  async open(place) {
    const { value } = await buyToken(place);
    const instance = axiosInstance(place, { headers: { Authorization: `Bearer ${value}` } });
    return { call: () => instance.get(ORDER_PATH), close() {} };
  },
};

/** The same without the redirects that axios follows by default: what a caller could switch off by hand. */
export const staticAxiosNoRedirects: Contender = {
  ...staticAxios,
  id: 'static-axios-no-redirects',
  title: 'axios, static header, `maxRedirects: 0`',
  async open(place) {
    const { value } = await buyToken(place);
    const headers = { Authorization: `Bearer ${value}` };
    const instance = axiosInstance(place, { headers, maxRedirects: 0 });
    return { call: () => instance.get(ORDER_PATH), close() {} };
  },
};
