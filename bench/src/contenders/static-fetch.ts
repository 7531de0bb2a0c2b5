import { buyToken } from './buy-token.js';
import { type Contender, ORDER_PATH, StatusError } from './contender.js';
import { stubFetch } from './stubs.js';

/** Node's own `fetch`, and a header that is written once. */
export const staticFetch: Contender = {
  id: 'static-fetch',
  title: '`fetch`, static header',
  transport: 'fetch',
  role: 'static',
  yardstick: 'static-fetch',
  async open(place) {
    const { value } = await buyToken(place);
    const send = place.network === 'stub' ? stubFetch : fetch;
    const url = `${place.baseURL}${ORDER_PATH}`;
    const headers = { Authorization: `Bearer ${value}` };
    return {
      async call() {
        const response = await send(url, { headers });
        if (!response.ok) throw new StatusError(response.status);
        return response.json();
      },
      close() {},
    };
  },
};
