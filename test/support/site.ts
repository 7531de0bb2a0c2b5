import { ManualClock } from 'nestjs-auth-apis/testing';
import type { ContextOptions } from '../../lib/common/context.js';
import { Context } from '../../lib/common/context.js';
import type { Site } from '../../lib/config/site.js';
import { DEFAULT_REFRESH_POLICY } from '../../lib/token/refresh-policy.js';
import { CONFIDENTIAL_HEADERS } from '../../lib/vendors/wire.js';
import type { TokenTransport } from '../../lib/request/token-transport.js';
import { TokenEndpoint } from '../../lib/request/token-endpoint.js';
import { sparkflyApi } from './token-request.js';
import { START_AT } from './token-source.js';

/** A site of Sparkfly's, unless `given` says otherwise; what follows from something that is given follows it. */
export function siteOf(given: Partial<Site> = {}): Site {
  const api = given.api ?? sparkflyApi;
  const baseURL = given.baseURL ?? 'https://vendor.test';
  const tokenURLs = given.tokenURLs ?? [`${baseURL}/auth`];
  const tokenPlaces = tokenURLs.map((url) => new URL(url)).map(({ origin, pathname }) => origin + pathname);
  const tokenHeader = given.tokenHeader ?? api.tokenHeader;
  return {
    api,
    settings: {},
    tokenParams: {},
    baseURL,
    tokenURLs,
    tokenPlaces,
    tokenPathEnds: tokenPlaces.map((place) => place.slice(place.lastIndexOf('/') + 1)),
    origins: new Set([new URL(baseURL).origin]),
    tokenHeader,
    confidentialHeaders: [...CONFIDENTIAL_HEADERS, tokenHeader.name],
    allowInsecure: false,
    http: {},
    connection: {},
    refresh: { enabled: true, ...DEFAULT_REFRESH_POLICY },
    isUnauthorized: ({ status }) => status === 401,
    ...given,
  };
}

/** What an app has once, on a clock that stands still; chance always gives 0. */
export const contextOf = (given: ContextOptions = {}): Context =>
  new Context({ clock: new ManualClock(START_AT), random: () => 0, ...given });

/** The token endpoint of a site, before a vendor that `transport` plays. */
export function endpointOf(given: Partial<Site>, transport: TokenTransport, context = contextOf()): TokenEndpoint {
  const site = siteOf(given);
  return new TokenEndpoint({ site, context, transport, policy: site.refresh });
}
