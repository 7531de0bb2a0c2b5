import { expect, test } from 'vitest';
import type { Site } from '../../../lib/accounts/account.js';
import { foreignOrigin, isForTokens, isPlaced, originOf } from '../../../lib/undici/destination.js';

const OURS = 'https://api.example.com';
const THEIRS = 'https://api.example.com.evil.example';
const site = { origins: new Set([OURS]), tokenURLs: [`${OURS}/v1/auth`] } as unknown as Site;
const to = (origin?: string | URL, path = '/v1/things') => ({ origin, path, method: 'GET' as const });

test.each([
  ['named', to(OURS), undefined, undefined],
  ['named in another way', to(new URL('HTTPS://API.example.com:443/')), undefined, undefined],
  ['of the dispatcher', to(), OURS, undefined],
  ['named, and of the dispatcher', to(OURS), OURS, undefined],
  ['named by a stranger’s dispatcher', to(OURS), THEIRS, THEIRS],
  ['a stranger’s, by our dispatcher', to(THEIRS), OURS, THEIRS],
  [
    'a stranger’s, with ours as its user',
    to('https://api.example.com@evil.example'),
    undefined,
    'https://evil.example',
  ],
  ['another scheme', to('http://api.example.com'), undefined, 'http://api.example.com'],
  ['no URL', to('api.example.com'), undefined, 'api.example.com'],
])('an origin that is %s', (_, request, connected, foreign) => {
  expect(foreignOrigin(site, request, connected)).toBe(foreign);
});

test.each([
  ['named', to(OURS), undefined, true],
  ['of the dispatcher', to(), OURS, true],
  ['nobody’s', to(), undefined, false],
  ['named, where a dispatcher has several', to(OURS), null, false],
])('where a request goes is known when its origin is %s: %j, %s, %s', (_, request, connected, isKnown) => {
  expect(isPlaced(request, connected)).toBe(isKnown);
});

test.each([
  ['/v1/auth', true],
  ['/v1/auth?again=1', true],
  ['/v1/./auth', true],
  [`${OURS}/v1/auth`, true],
  ['/v1/authors', false],
  ['/v1/things?for=auth', false],
  ['//evil.example/v1/auth', false],
  ['auth', false],
])('the path %s is that of the token endpoint: %s', (path, isIt) => {
  expect(isForTokens(site, to(OURS, path), undefined)).toBe(isIt);
  expect(isForTokens(site, to(undefined, path), OURS)).toBe(isIt);
});

test('an origin is read as undici reads it', () => {
  expect(originOf('https://a:b@Example.com:443/')).toBe('https://example.com');
});
