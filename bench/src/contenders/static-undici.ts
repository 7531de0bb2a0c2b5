import { Agent, request } from 'undici';
import { buyToken } from './buy-token.js';
import { type Contender, ORDER_PATH, StatusError } from './contender.js';
import { SOCKETS } from './sockets.js';
import { StubDispatcher } from './stub-dispatcher.js';

/** The limit: `undici.request`, and a header that is written once. */
export const staticUndici: Contender = {
  id: 'static-undici',
  title: '`undici.request`, static header',
  transport: 'undici',
  role: 'static',
  yardstick: 'static-undici',
  async open(place) {
    const { value } = await buyToken(place);
    const dispatcher = place.network === 'stub' ? new StubDispatcher() : new Agent({ connections: SOCKETS });
    const url = `${place.baseURL}${ORDER_PATH}`;
    const headers = { authorization: `Bearer ${value}` };
    return {
      async call() {
        const { statusCode, body } = await request(url, { dispatcher, headers });
        if (statusCode !== 200) throw new StatusError(statusCode);
        return body.json();
      },
      close: () => (dispatcher instanceof Agent ? dispatcher.close() : undefined),
    };
  },
};
