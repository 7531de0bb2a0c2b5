import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Site } from '../../../lib/config/site.js';
import type { Destination } from '../../../lib/interceptor/destination.js';
import { destinationOf, OWN, TOKEN_ENDPOINT, UNKNOWN } from '../../../lib/interceptor/destination.js';

const site = {
  origins: new Set(['https://api.example', 'https://api.example:8443']),
  tokenPlaces: ['https://api.example/v1/auth', 'https://login.example/token'],
  tokenPathEnds: ['auth', 'token'],
} as unknown as Site;

const parsed = (href: string): URL | undefined => (URL.canParse(href) ? new URL(href) : undefined);
const verdictOn = (href: string): Destination =>
  destinationOf(site, parsed(href)?.origin, href, parsed, href, undefined);

const piece = fc.constantFrom(
  'https://',
  'http://',
  'HTTPS://',
  '//',
  '/',
  '@',
  ':',
  '?',
  '#',
  '.',
  '..',
  ' ',
  '%2F',
  '%40',
  'api.example',
  'API.example',
  'api.example.evil.test',
  'evil-api.example',
  'login.example',
  'user:pw',
  ':443',
  ':8443',
  ':80',
  'v1',
  'auth',
  'token',
  'author',
  '/v1/auth',
  '/token',
  '?x=/v1/auth',
  '\\',
  '\n',
);
const url = fc.oneof(
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
  fc.array(piece, { maxLength: 7 }).map((parts) => parts.join('')),
  fc
    .tuple(fc.constantFrom('https://api.example', 'https://login.example', 'HTTPS://API.example:443'), piece, piece)
    .map((parts) => parts.join('')),
);

test('the verdict on any URL is that of the origin which the WHATWG standard reads in it', () => {
  const property = fc.property(url, (href) => {
    const target = parsed(href);
    const isForTokens = target !== undefined && site.tokenPlaces.includes(target.origin + target.pathname);
    const isOwn = target !== undefined && site.origins.has(target.origin);
    const expected = isForTokens ? TOKEN_ENDPOINT : isOwn ? OWN : (target?.origin ?? UNKNOWN);
    expect(verdictOn(href)).toBe(expected);
  });
  fc.assert(property, { numRuns: 5_000 });
});

test.each([
  ['https://api.example/v1/auth', TOKEN_ENDPOINT],
  ['https://API.example:443/v1/../v1/auth?again=1#top', TOKEN_ENDPOINT],
  ['https://login.example/token', TOKEN_ENDPOINT],
  ['https://login.example/other', 'https://login.example'],
  ['https://api.example/v1/author', OWN],
  ['https://api.example/x?from=/v1/auth', OWN],
  ['https://api.example:8443/v1/auth', OWN],
  ['http://api.example/v1/auth', 'http://api.example'],
  ['https://api.example@evil.test/', 'https://evil.test'],
  ['/v1/auth', UNKNOWN],
])('%s', (href, verdict) => {
  expect(verdictOn(href)).toBe(verdict);
});

test('a token endpoint is told before an origin that is unknown', () => {
  const request = 'https://login.example/token';
  expect(destinationOf(site, undefined, '/token', parsed, request, undefined)).toBe(TOKEN_ENDPOINT);
});

test('a request that plainly goes below the base URL is parsed only where it could be a token request', () => {
  let count = 0;
  const urlOf = (href: string): URL => (count++, new URL(href, 'https://api.example'));
  expect(destinationOf(site, OWN, '/v1/offers', urlOf, '/v1/offers', undefined)).toBe(OWN);
  expect(count).toBe(0);
  expect(destinationOf(site, OWN, '/v1/auth', urlOf, '/v1/auth', undefined)).toBe(TOKEN_ENDPOINT);
  expect(count).toBe(1);
});

test('an origin that a request names cannot pass for a verdict', () => {
  for (const text of ['own origin', 'token endpoint', 'unknown'])
    expect(destinationOf(site, text, '/x', parsed, text, undefined)).toBe(text);
});
