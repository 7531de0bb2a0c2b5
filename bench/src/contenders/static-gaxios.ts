import { gaxios } from 'google-auth-library';
import { buyToken } from './buy-token.js';
import { type Contender, ORDER_PATH } from './contender.js';
import { gaxiosTransport } from './gaxios-transport.js';

/** What `google-auth-library` calls with, and a header that is written once. */
export const staticGaxios: Contender = {
  id: 'static-gaxios',
  title: '`gaxios`, static header',
  transport: 'node-fetch',
  role: 'static',
  yardstick: 'static-gaxios',
  async open(place) {
    const { value } = await buyToken(place);
    const { options, close } = gaxiosTransport(place);
    const client = new gaxios.Gaxios({ ...options, headers: new Headers({ authorization: `Bearer ${value}` }) });
    const url = `${place.baseURL}${ORDER_PATH}`;
    return { call: () => client.request({ url }), close };
  },
};
