import { VerbitClient } from 'nestjs-auth-apis';
import { authorizationInterceptor } from 'nestjs-auth-apis/undici';
import type { Contender } from './contender.js';
import { openApp } from './our-app.js';
import { undiciCaller } from './undici-caller.js';

/** `undici.request` through a dispatcher that this package authorizes. */
export const ourUndiciInterceptor: Contender = {
  id: 'our-undici-interceptor',
  title: 'our undici interceptor',
  transport: 'undici',
  role: 'ours',
  yardstick: 'static-undici',
  async open(place) {
    const app = await openApp(place);
    const caller = undiciCaller(place, { interceptor: authorizationInterceptor(app.get(VerbitClient)) });
    return {
      call: () => caller.call(),
      async close() {
        await caller.close();
        await app.close();
      },
    };
  },
};
