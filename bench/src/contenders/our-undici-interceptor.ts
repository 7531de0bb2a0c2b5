import { VerbitClient } from 'nestjs-auth-apis';
import { authorizationInterceptor } from 'nestjs-auth-apis/undici';
import { Agent, request } from 'undici';
import { type Contender, ORDER_PATH, StatusError } from './contender.js';
import { openApp } from './our-app.js';
import { SOCKETS } from './sockets.js';
import { StubDispatcher } from './stub-dispatcher.js';

/** `undici.request` through a dispatcher that this package authorizes. */
export const ourUndiciInterceptor: Contender = {
  id: 'our-undici-interceptor',
  title: 'our undici interceptor',
  transport: 'undici',
  role: 'ours',
  yardstick: 'static-undici',
  async open(place) {
    const app = await openApp(place);
    const base = place.network === 'stub' ? new StubDispatcher() : new Agent({ connections: SOCKETS });
    const dispatcher = base.compose(authorizationInterceptor(app.get(VerbitClient)));
    const url = `${place.baseURL}${ORDER_PATH}`;
    return {
      async call() {
        const { statusCode, body } = await request(url, { dispatcher });
        if (statusCode !== 200) throw new StatusError(statusCode);
        return body.json();
      },
      async close() {
        if (base instanceof Agent) await base.close();
        await app.close();
      },
    };
  },
};
