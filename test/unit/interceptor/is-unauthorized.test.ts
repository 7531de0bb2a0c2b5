import { expect, test } from 'vitest';
import { isUnauthorized } from '../../../lib/interceptor/is-unauthorized.js';
import type { IsUnauthorized } from '../../../lib/vendors/upstream-response.js';
import { contextOf, siteOf } from '../../support/site.js';

/** What the rule says of a response, and what was told meanwhile. */
function judge(rule: IsUnauthorized | undefined, response: { status: number; data?: unknown }) {
  const told: unknown[] = [];
  const reports = {
    originNotAllowed() {},
    isUnauthorizedThrew: (_: object, { api }: { api: string }, error: unknown) => void told.push([api, error]),
  };
  const site = siteOf(rule && { isUnauthorized: rule });
  return { is: isUnauthorized(site, { headers: { a: 'b' }, ...response }, contextOf({ reports })), told };
}

test('the rule of the site says it, also against a status', () => {
  const rule: IsUnauthorized = ({ status, data }) => status === 200 && data === 'sign in';
  expect(judge(rule, { status: 200, data: 'sign in' })).toEqual({ is: true, told: [] });
  expect(judge(rule, { status: 200, data: 'fine' })).toEqual({ is: false, told: [] });
  expect(judge(rule, { status: 401 })).toEqual({ is: false, told: [] });
});

test.each([
  [401, true],
  [403, false],
  [200, false],
])('where nothing is said, status %i: %s', (status, is) => {
  expect(judge(undefined, { status })).toEqual({ is, told: [] });
});

test.each([
  [401, true],
  [200, false],
])('where the rule throws at status %i, that status counts, and it is told: %s', (status, is) => {
  const error = new TypeError('no data');
  const rule = (): never => {
    throw error;
  };
  expect(judge(rule, { status })).toEqual({ is, told: [['sparkfly', error]] });
});

test('the rule sees status, headers and data of a response, and nothing else of it', () => {
  const seen: unknown[] = [];
  const response = { status: 200, headers: {}, data: 'd', config: { headers: { 'X-Auth-Token': 'e5cret' } } };
  isUnauthorized(siteOf({ isUnauthorized: (given) => seen.push(given) > 9 }), response, contextOf());
  expect(seen).toEqual([{ status: 200, headers: {}, data: 'd' }]);
});
