import { subscribe, unsubscribe } from 'node:diagnostics_channel';
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
    let connections = 0;
    const count = (): void => void connections++;
    subscribe('undici:client:beforeConnect', count);
    const app = await openApp(place, { transport: 'undici' });
    const client = app.get(VerbitClient);
    return {
      call: () => firstValueFrom(client.get(ORDER_PATH)),
      async close() {
        unsubscribe('undici:client:beforeConnect', count);
        await app.close();
        // What undici has no part for goes the default way, and would be measured in its stead.
        if (connections === 0) throw new Error('no call went over undici');
      },
    };
  },
};
