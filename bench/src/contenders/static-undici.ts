import { buyToken } from './buy-token.js';
import type { Contender } from './contender.js';
import { undiciCaller } from './undici-caller.js';

/** The limit: `undici.request`, and a header that is written once. */
export const staticUndici: Contender = {
  id: 'static-undici',
  title: '`undici.request`, static header',
  transport: 'undici',
  role: 'static',
  yardstick: 'static-undici',
  async open(place) {
    const { value } = await buyToken(place);
    return undiciCaller(place, { headers: { authorization: `Bearer ${value}` } });
  },
};
