import { OAuth2Client } from 'google-auth-library';
import { buyToken } from './buy-token.js';
import { type Contender, ORDER_PATH } from './contender.js';
import { gaxiosTransport } from './gaxios-transport.js';

/** Its default is five minutes before the end, which no token of seconds would ever be away from. */
const EAGER_MS = 5 * 60_000;
const EAGER_RATIO = 0.05;

/** With a refresh handler, as for tokens that are not Google's. */
export const googleAuthLibrary: Contender = {
  id: 'google-auth-library',
  title: '`google-auth-library`',
  transport: 'node-fetch',
  role: 'refreshing',
  yardstick: 'static-gaxios',
  isStormy: true,
  async open(place) {
    const { options, close } = gaxiosTransport(place);
    const client = new OAuth2Client({
      transporterOptions: options,
      eagerRefreshThresholdMillis: Math.min(EAGER_MS, EAGER_RATIO * place.tokenLifetimeMs),
      forceRefreshOnFailure: true,
    });
    client.refreshHandler = async () => {
      const { value, expiresAt } = await buyToken(place);
      return { access_token: value, expiry_date: expiresAt };
    };
    const url = `${place.baseURL}${ORDER_PATH}`;
    return { call: () => client.request({ url }), close };
  },
};
