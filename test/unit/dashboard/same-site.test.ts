import { expect, test } from 'vitest';
import { foreignness } from '../../../lib/dashboard/same-site.js';

const host = 'ops.example';
const own = { 'x-auth-apis-refresh': 'now', host };

test.each([
  ['the page in a browser', { ...own, 'sec-fetch-site': 'same-origin' }, true],
  ['the page over plain http, where browsers keep to Origin', { ...own, origin: 'http://ops.example' }, true],
  ['the page behind a proxy with another host', { ...own, 'sec-fetch-site': 'same-origin', origin: 'https://x' }, true],
  ['no browser', own, true],
  ['a form', { host, 'sec-fetch-site': 'same-origin' }, false],
  ['another site, let in by CORS', { ...own, 'sec-fetch-site': 'cross-site' }, false],
  ['another host of the site', { ...own, 'sec-fetch-site': 'same-site' }, false],
  ['another site over plain http', { ...own, origin: 'http://evil.example' }, false],
  ['another port', { ...own, origin: 'http://ops.example:8080' }, false],
  ['a sandboxed frame', { ...own, origin: 'null' }, false],
])('%s', (_, headers, isOwn) => {
  expect(foreignness(headers) === undefined).toBe(isOwn);
});
