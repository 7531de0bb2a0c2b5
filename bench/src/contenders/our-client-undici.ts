import { VerbitClient } from 'nestjs-auth-apis';
import { firstValueFrom } from 'rxjs';
import { type Contender, ORDER_PATH } from './contender.js';
import { openApp } from './our-app.js';

/** A client whose calls are carried by undici: axios around it, as ever. */
export const ourClientUndici: Contender = {
  id: 'our-client-undici',
  title: "our client, `transport: 'undici'`",
  transport: 'undici',
  role: 'ours',
  // What such calls would be without us: axios around undici there is not.
  yardstick: 'static-nest-axios',
  needsNetwork: true,
  async open(place) {
    const app = await openApp(place, { transport: 'undici' });
    const client = app.get(VerbitClient);
    return { call: () => firstValueFrom(client.get(ORDER_PATH)), close: () => app.close() };
  },
};
