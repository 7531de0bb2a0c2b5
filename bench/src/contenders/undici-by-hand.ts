import type { Dispatcher } from 'undici';
import { CarefulToken } from './careful-token.js';
import type { Contender } from './contender.js';
import { undiciCaller } from './undici-caller.js';

/** What one writes for `compose` after the first incident: an interceptor that waits for the token that it shares. */
export const undiciByHand: Contender = {
  id: 'undici-by-hand',
  title: 'undici interceptor by hand, one request for all',
  transport: 'undici',
  role: 'refreshing',
  yardstick: 'static-undici',
  async open(place) {
    const token = new CarefulToken(place);
    return undiciCaller(place, {
      interceptor: (dispatch) => (options, handler) => {
        token.get().then(
          (value) => dispatch({ ...options, headers: { authorization: `Bearer ${value}` } }, handler),
          (error: Error) => failed(handler, error),
        );
        return true;
      },
    });
  },
};

/** undici 7 hands out handlers of the older shape, undici 8 of the newer. */
function failed(handler: Dispatcher.DispatchHandler, error: Error): void {
  const elder = handler as { onError?: (error: Error) => void };
  if (elder.onError) elder.onError(error);
  else handler.onResponseError?.(undefined as never, error);
}
