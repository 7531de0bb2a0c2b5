import { HttpService } from '@nestjs/axios';
import axiosBuild from 'axios';
import { isAuthApisError, OutboundAuthorizationInterceptor } from 'nestjs-auth-apis';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import type { AcmeEcho } from '../../support/acme.js';
import { acmeApp, keyOf, lookingUp } from '../../support/acme.js';
import { failureOf } from '../../support/outcome.js';

/** Ids as databases have them; ASCII alone can be a credential, so each account has an ASCII name of its own. */
const IDS = [
  '4711',
  'Ärzte & Söhne GmbH',
  '株式会社',
  '🦊🦊',
  'a/b/c',
  '../../etc/passwd',
  'acme/x',
  'a b',
  ' leading',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'undefined',
  'null',
  '0',
  'default',
  'verbit',
  'acme',
  '${id}',
  'x'.repeat(256),
  'tenant-1',
  'TENANT-1',
  'e\u0301',
  '\u00e9',
];

const nameOf = (id: string): string => `n-${Buffer.from(id).toString('hex')}`;
const resolve = (id: string) => ({ appId: nameOf(id), appKey: keyOf(nameOf(id)) });

test.each(IDS)('the id %j is an account of its own', async (id) => {
  const { vendor, client, apis } = await acmeApp(lookingUp({ resolve }));
  const { data } = await firstValueFrom(client.for(id).get<AcmeEcho>('/things'));
  expect(data.id).toBe(nameOf(id));
  const named = await firstValueFrom(client.get<AcmeEcho>('/things', { authApis: { account: id } }));
  expect(named.data.id).toBe(nameOf(id));
  expect(apis.statuses()).toMatchObject([{ api: 'acme', account: id }]);
  expect(vendor.asks).toHaveLength(1);
  expect(apis.forget('acme', id)).toBe(true);
  expect(apis.statuses()).toEqual([]);
});

test('all of them at once do not cross', async () => {
  const { vendor, client } = await acmeApp(lookingUp({ resolve }));
  const calls = [...IDS, ...IDS].map(async (id) => [
    nameOf(id),
    (await firstValueFrom(client.get<AcmeEcho>('/things', { authApis: { account: id } }))).data.id,
  ]);
  for (const [expected, found] of await Promise.all(calls)) expect(found).toBe(expected);
  expect(vendor.asks).toHaveLength(IDS.length);
});

test.each(IDS.filter((id) => !id.startsWith('acme')))('an attached HttpService names the id %j', async (id) => {
  const { vendor, client, app } = await acmeApp(lookingUp({ resolve }));
  const http = new HttpService(axiosBuild.create());
  app.get(OutboundAuthorizationInterceptor).attach(http);
  const config = { authApis: { account: id } };
  const { data } = await firstValueFrom(http.get<AcmeEcho>(`${vendor.baseURL}/things`, config));
  expect(data.id).toBe(nameOf(id));
  await firstValueFrom(client.get('/things', config));
  expect(vendor.asks).toHaveLength(1);
});

test.each<[string, unknown, RegExp]>([
  ['an empty text', '', /must be a string of one line that is not empty/],
  ['spaces', '  ', /must be a string of one line that is not empty/],
  ['a line break', 'a\nb', /must be a string of one line/],
  ['another line break', 'a\u2028b', /must be a string of one line/],
  ['a NUL', 'a\0b', /must be a string of one line/],
  ['a terminal escape', '\u001b[31mred', /must be a string of one line/],
  ['a number', 4711, /must be a string of one line/],
  ['true', true, /must be a string of one line/],
  ['a symbol', Symbol('x'), /must be a string of one line/],
  ['a text that is too long', 'x'.repeat(257), /must not be longer than 256 characters/],
])('%s cannot be an id: a typed error, wherever it is named', async (_, id, problem) => {
  let asked = 0;
  const { vendor, client } = await acmeApp(lookingUp({ resolve: (id) => (asked++, resolve(id)) }));
  expect(() => client.for(id as string)).toThrow(problem);
  const error = await failureOf(client.get('/', { authApis: { account: id as string } }));
  expect(isAuthApisError(error)).toBe(true);
  expect(error.message).toMatch(problem);
  expect([asked, vendor.received.length]).toEqual([0, 0]);
});

test('an id that looks like the key of another account’s token is none', async () => {
  const { client, apis } = await acmeApp(lookingUp({ resolve }));
  await client.for('a', { region: 'eu' }).tokens.get();
  const [status] = apis.statuses();
  expect(status).toMatchObject({ account: 'a', tokenParams: expect.stringMatching(/^region [\w-]{8}$/) as string });
  expect(() => client.for(`a\n${status!.tokenParams!.split(' ')[1]}`)).toThrow(/one line/);
  expect(apis.forget('acme', 'a\n')).toBe(false);
});
