import { HttpService } from '@nestjs/axios';
import { firstValueFrom } from 'rxjs';
import { axiosInstance } from './axios-instance.js';
import { buyToken } from './buy-token.js';
import { type Contender, ORDER_PATH } from './contender.js';

/** What a Nest app has without tokens: an `HttpService` whose header is written once. */
export const staticNestAxios: Contender = {
  id: 'static-nest-axios',
  title: '`@nestjs/axios`, static header',
  transport: 'axios',
  role: 'static',
  yardstick: 'static-nest-axios',
  async open(place) {
    const { value } = await buyToken(place);
    const http = new HttpService(axiosInstance(place, { headers: { Authorization: `Bearer ${value}` } }));
    return { call: () => firstValueFrom(http.get(ORDER_PATH)), close() {} };
  },
};
