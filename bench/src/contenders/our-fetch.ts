import { VerbitClient } from 'nestjs-auth-apis';
import { type Contender, ORDER_PATH, StatusError } from './contender.js';
import { openApp } from './our-app.js';
import { stubFetch } from './stubs.js';

/** `client.fetch` of this package, around Node's `fetch`. */
export const ourFetch: Contender = {
  id: 'our-fetch',
  title: 'our `client.fetch`',
  transport: 'fetch',
  role: 'ours',
  yardstick: 'static-fetch',
  async open(place) {
    const app = await openApp(place);
    const { fetch: send } = app.get(VerbitClient);
    const { fetch } = globalThis;
    // It has no other seam, and nobody else in the process goes by it: tokens are bought with axios.
    if (place.network === 'stub') globalThis.fetch = stubFetch;
    return {
      async call() {
        const response = await send(ORDER_PATH);
        if (!response.ok) throw new StatusError(response.status);
        return response.json();
      },
      async close() {
        globalThis.fetch = fetch;
        await app.close();
      },
    };
  },
};
