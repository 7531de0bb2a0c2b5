import { OAuth2Client, OAuth2Fetch } from '@badgateway/oauth2-client';
import { buyToken } from './buy-token.js';
import { type Contender, ORDER_PATH, StatusError } from './contender.js';
import { stubFetch } from './stubs.js';

/** Its `OAuth2Fetch`, around Node's `fetch`. */
export const badgatewayOAuth2Client: Contender = {
  id: 'badgateway-oauth2-client',
  title: '`@badgateway/oauth2-client`',
  transport: 'fetch',
  role: 'refreshing',
  yardstick: 'static-fetch',
  async open(place) {
    const oauth = new OAuth2Fetch({
      client: new OAuth2Client({ clientId: 'bench', tokenEndpoint: place.tokenURL }),
      async getNewToken() {
        const { value, expiresAt } = await buyToken(place);
        return { accessToken: value, expiresAt, refreshToken: null };
      },
    });
    const url = `${place.baseURL}${ORDER_PATH}`;
    // Its `fetch` is this middleware before Node's, so that only what is behind differs.
    const stubbed = (): Promise<Response> => oauth.mw()(new Request(url), stubFetch);
    const send = place.network === 'stub' ? stubbed : () => oauth.fetch(url);
    return {
      async call() {
        const response = await send();
        if (!response.ok) throw new StatusError(response.status);
        return response.json();
      },
      close() {},
    };
  },
};
