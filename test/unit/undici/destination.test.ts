import { expect, test } from 'vitest';
import type { Site } from '../../../lib/config/site.js';
import { OWN } from '../../../lib/interceptor/destination.js';
import { originOf, requestOrigin, urlOf } from '../../../lib/undici/destination.js';

const OURS = 'https://api.example.com';
const THEIRS = 'https://api.example.com.evil.example';
const site = { origins: new Set([OURS]) } as unknown as Site;
const to = (origin?: string | URL, path = '/v1/things') => ({ origin, path, method: 'GET' as const });

test.each([
  ['named', to(OURS), undefined, OWN],
  ['named in another way', to(new URL('HTTPS://API.example.com:443/')), undefined, OWN],
  ['of the dispatcher', to(), OURS, OWN],
  ['named, and of the dispatcher', to(OURS), OURS, OWN],
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
  ['nobody’s', to(), undefined, undefined],
  ['named, where a dispatcher has several', to(OURS), null, undefined],
  ['a stranger’s, where a dispatcher has several', to(THEIRS), null, THEIRS],
])('an origin that is %s', (_, request, connected, origin) => {
  expect(requestOrigin(site, request, connected)).toBe(origin);
});

test.each([
  ['/v1/auth', `${OURS}/v1/auth`],
  ['/v1/auth?again=1', `${OURS}/v1/auth?again=1`],
  ['/v1/./auth', `${OURS}/v1/auth`],
  [`${THEIRS}/v1/auth`, `${THEIRS}/v1/auth`],
  ['//evil.example/v1/auth', `${OURS}//evil.example/v1/auth`],
  ['auth', undefined],
])('the path %s leads to %s', (path, href) => {
  expect(urlOf(to(OURS, path), undefined)?.href).toBe(href);
  expect(urlOf(to(undefined, path), OURS)?.href).toBe(href);
});

test('where the dispatcher connects to goes before what a request names; without either a path leads nowhere', () => {
  expect(urlOf(to(OURS, '/x'), THEIRS)?.href).toBe(`${THEIRS}/x`);
  expect(urlOf(to(OURS, '/x'), null)?.href).toBe(`${OURS}/x`);
  expect(urlOf(to(undefined, '/x'), undefined)).toBeUndefined();
});

test('an origin is read as undici reads it', () => {
  expect(originOf('https://a:b@Example.com:443/')).toBe('https://example.com');
});
