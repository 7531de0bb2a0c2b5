import { Agent, type Dispatcher, request } from 'undici';
import { CarefulToken } from './careful-token.js';
import { type Contender, ORDER_PATH, StatusError } from './contender.js';
import { SOCKETS } from './sockets.js';
import { StubDispatcher } from './stub-dispatcher.js';

/** What one writes for `compose` after the first incident: an interceptor that waits for the token that it shares. */
export const undiciByHand: Contender = {
  id: 'undici-by-hand',
  title: 'undici interceptor by hand, one request for all',
  transport: 'undici',
  role: 'refreshing',
  yardstick: 'static-undici',
  async open(place) {
    const token = new CarefulToken(place);
    const base = place.network === 'stub' ? new StubDispatcher() : new Agent({ connections: SOCKETS });
    const dispatcher = base.compose((dispatch) => (options, handler) => {
      token.get().then(
        (value) => dispatch({ ...options, headers: { authorization: `Bearer ${value}` } }, handler),
        (error: Error) => failed(handler, error),
      );
      return true;
    });
    const url = `${place.baseURL}${ORDER_PATH}`;
    return {
      async call() {
        const { statusCode, body } = await request(url, { dispatcher });
        if (statusCode !== 200) throw new StatusError(statusCode);
        return body.json();
      },
      close: () => (base instanceof Agent ? base.close() : undefined),
    };
  },
};

/** undici 7 hands out handlers of the older shape, undici 8 of the newer. */
function failed(handler: Dispatcher.DispatchHandler, error: Error): void {
  const elder = handler as { onError?: (error: Error) => void };
  if (elder.onError) elder.onError(error);
  else handler.onResponseError?.(undefined as never, error);
}
