import { wanted } from '../wanted.js';
import { axiosAuthRefresh } from './axios-auth-refresh.js';
import { axiosTokenInterceptor } from './axios-token-interceptor.js';
import { azureBearerPolicy } from './azure-bearer-policy.js';
import { badgatewayOAuth2Client } from './badgateway-oauth2-client.js';
import { byHand, byHandCarefully } from './by-hand.js';
import type { Contender } from './contender.js';
import { googleAuthLibrary } from './google-auth-library.js';
import { ourAttach } from './our-attach.js';
import { ourClient } from './our-client.js';
import { ourFetch } from './our-fetch.js';
import { ourUndiciInterceptor } from './our-undici-interceptor.js';
import { staticAxios, staticAxiosNoRedirects } from './static-axios.js';
import { staticAzure } from './static-azure.js';
import { staticFetch } from './static-fetch.js';
import { staticGaxios } from './static-gaxios.js';
import { staticNestAxios } from './static-nest-axios.js';
import { staticUndici } from './static-undici.js';
import { undiciByHand } from './undici-by-hand.js';

/** In the order in which tables show them: by transport, the yardstick first and ours last. */
export const CONTENDERS: readonly Contender[] = [
  staticAxios,
  staticAxiosNoRedirects,
  staticNestAxios,
  byHand,
  byHandCarefully,
  axiosTokenInterceptor,
  axiosAuthRefresh,
  ourAttach,
  ourClient,
  staticUndici,
  undiciByHand,
  ourUndiciInterceptor,
  staticFetch,
  badgatewayOAuth2Client,
  ourFetch,
  staticGaxios,
  googleAuthLibrary,
  staticAzure,
  azureBearerPolicy,
];

/** All, or those that `BENCH_CONTENDERS` names. @throws RangeError where it names one that there is not */
export function contenders(isFit: (contender: Contender) => boolean = () => true): readonly Contender[] {
  return wanted('BENCH_CONTENDERS', CONTENDERS).filter(isFit);
}

export function contenderOf(id: string): Contender {
  return CONTENDERS.find((each) => each.id === id)!;
}
