import { OutboundAuthorizationInterceptor } from 'nestjs-auth-apis';
import { axiosInstance } from './axios-instance.js';
import { type Contender, ORDER_PATH } from './contender.js';
import { openApp } from './our-app.js';

/** An axios instance of the app's own that this package authorizes. */
export const ourAttach: Contender = {
  id: 'our-attach',
  title: 'our `attach`',
  transport: 'axios',
  role: 'ours',
  yardstick: 'static-axios',
  async open(place) {
    const app = await openApp(place);
    const instance = axiosInstance(place);
    app.get(OutboundAuthorizationInterceptor).attach({ axiosRef: instance });
    return { call: () => instance.get(ORDER_PATH), close: () => app.close() };
  },
};
