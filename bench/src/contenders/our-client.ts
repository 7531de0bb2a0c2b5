import { VerbitClient } from 'nestjs-auth-apis';
import { firstValueFrom } from 'rxjs';
import { transportOf } from './axios-instance.js';
import { type Contender, ORDER_PATH } from './contender.js';
import { openApp } from './our-app.js';

/** A client of this package, used as the `HttpService` that it is. */
export const ourClient: Contender = {
  id: 'our-client',
  title: 'our client',
  transport: 'axios',
  role: 'ours',
  yardstick: 'static-nest-axios',
  async open(place) {
    const app = await openApp(place, { http: transportOf(place) });
    const client = app.get(VerbitClient);
    return { call: () => firstValueFrom(client.get(ORDER_PATH)), close: () => app.close() };
  },
};
