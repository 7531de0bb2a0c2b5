import { createHash } from 'node:crypto';
import { HttpService } from '@nestjs/axios';
import axiosBuild from 'axios';
import type { AuthApisRequestOptions, TokenStatus } from 'nestjs-auth-apis';
import { AccountError, getAuthClientToken, OutboundAuthorizationInterceptor } from 'nestjs-auth-apis';
import { authorizationInterceptor } from 'nestjs-auth-apis/undici';
import { firstValueFrom } from 'rxjs';
import { Agent, request } from 'undici';
import { describe, expect, test } from 'vitest';
import type { AcmeApp, AcmeClient, AcmeEcho, AcmeVendor } from '../../support/acme.js';
import { acmeApp, keyOf } from '../../support/acme.js';
import { failureOf } from '../../support/outcome.js';

const customer = (id: string): { appId: string; appKey: string } => ({ appId: `c-${id}`, appKey: keyOf(`c-${id}`) });
const fixed = ({ baseURL }: AcmeVendor, name?: string) => ({ name, baseURL, appId: 'fixed', appKey: keyOf('fixed') });

/** A fixed account beside the customers', who may have an id like its name. */
const beside = (name?: string) =>
  acmeApp((vendor) => [
    fixed(vendor, name),
    { baseURL: vendor.baseURL, accounts: { resolve: (id: string) => (id === 'nobody' ? undefined : customer(id)) } },
  ]);

const injected = ({ app }: AcmeApp, name?: string): AcmeClient => app.get(getAuthClientToken('acme', name));

async function echoOf(response: Response): Promise<AcmeEcho> {
  return (await response.json()) as AcmeEcho;
}

async function overUndici(client: AcmeClient, url: string, authApis?: AuthApisRequestOptions): Promise<AcmeEcho> {
  const agent = new Agent();
  const dispatcher = agent.compose(authorizationInterceptor(client));
  try {
    const { body } = await request(url, { dispatcher, ...(authApis && { authApis }) });
    return (await body.json()) as AcmeEcho;
  } finally {
    await agent.close();
  }
}

type Carrier = (given: AcmeApp, id: string, tokenParams?: { user: string }) => Promise<AcmeEcho>;

/** All the ways in which an id reaches a call. */
const CARRIERS: Record<string, Carrier> = {
  'client.for(id)': async ({ client }, id, tokenParams) =>
    (await firstValueFrom(client.for(id, tokenParams).get<AcmeEcho>('/x'))).data,
  'AuthApis.client(api, id)': async ({ apis }, id, tokenParams) => {
    const one = apis.client('acme' as never, id) as unknown as AcmeClient;
    return (await firstValueFrom((tokenParams === undefined ? one : one.for(id, tokenParams)).get<AcmeEcho>('/x')))
      .data;
  },
  'authApis of an axios call': async ({ client }, account, tokenParams) =>
    (await firstValueFrom(client.get<AcmeEcho>('/x', { authApis: { account, tokenParams } }))).data,
  'authApis of a call of an injected fixed account': async (given, account, tokenParams) => {
    const own = injected(given, 'own');
    return (await firstValueFrom(own.get<AcmeEcho>('/x', { authApis: { account, tokenParams } }))).data;
  },
  'authApis of an attached HttpService': async ({ app, vendor }, account, tokenParams) => {
    const http = new HttpService(axiosBuild.create());
    app.get(OutboundAuthorizationInterceptor).attach(http);
    const url = `${vendor.baseURL}/x`;
    return (await firstValueFrom(http.get<AcmeEcho>(url, { authApis: { account, tokenParams } }))).data;
  },
  'authApis of client.fetch': async ({ client }, account, tokenParams) =>
    echoOf(await client.fetch('/x', { authApis: { account, tokenParams } })),
  'client.for(id).fetch': async ({ client }, id, tokenParams) => echoOf(await client.for(id, tokenParams).fetch('/x')),
  'authApis over undici': async ({ client, vendor }, account, tokenParams) =>
    overUndici(client.for('t-1'), `${vendor.baseURL}/x`, { account, tokenParams }),
  'an interceptor of client.for(id)': async ({ client, vendor }, id, tokenParams) =>
    overUndici(client.for(id, tokenParams), `${vendor.baseURL}/x`),
};

describe.each(Object.entries(CARRIERS))('%s', (_, call) => {
  test('asks the app alone for an id, also for one that a fixed account is called by', async () => {
    const given = await beside('own');
    await injected(given, 'own').tokens.get();
    await injected(given, 'own').for({ user: 'u' }).tokens.get();
    expect((await call(given, 'own')).id).toBe('c-own');
    expect((await call(given, 'own', { user: 'u' })).id).toBe('c-own');
    expect(given.vendor.asks.map(({ id }) => id).filter((id) => id !== 'c-t-1')).toEqual([
      'fixed',
      'fixed',
      'c-own',
      'c-own',
    ]);
  });

  test.each<[string, unknown]>([
    ['the key of another token', undefined],
    ['an array', ['acme']],
    ['an object with toString', { toString: () => 'acme' }],
    [
      'an object whose class has toString',
      new (class {
        toString = undefined as never;
        valueOf = () => 'acme';
      })(),
    ],
    ['a String object', Object('acme')],
    ['a number', 7],
    ['a symbol', Symbol('acme')],
    ['null', null],
  ])('finds no account by %s', async (what, id) => {
    const given = await beside('own');
    await given.client.for('acme').tokens.get();
    await given.client.for('7').tokens.get();
    await given.client.for('acme', { user: 'u' }).tokens.get();
    const key = `acme\n${digestOf('u')}`;
    const error = await failureOf(call(given, (what === 'the key of another token' ? key : id) as string));
    expect(error).toMatchObject({ name: expect.stringMatching(/^(AccountError|AuthApisOptionsError)$/) as string });
    expect(given.vendor.calls).toEqual([]);
    expect(given.vendor.asks).toHaveLength(3);
  });

  test.each<[string, unknown]>([
    ['a String object', { user: Object('u') }],
    ['an object with toJSON', { user: { toJSON: () => 'u' } }],
    ['an array', { user: ['u'] }],
    ['a number', { user: 7 }],
    ['a name that is none', { toString: 'u' }],
    ['a text in the place of all', 'u'],
    ['null in the place of all', null],
  ])('takes no parameters that are %s', async (_name, tokenParams) => {
    const given = await beside('own');
    await given.client.for('acme', { user: 'u' }).tokens.get();
    const error = await failureOf(call(given, 'acme', tokenParams as { user: string }));
    expect(error).toMatchObject({ name: 'AuthApisOptionsError' });
    expect(given.vendor.calls).toEqual([]);
    expect(given.vendor.asks).toHaveLength(1);
  });
});

function digestOf(user: string): string {
  return createHash('sha256')
    .update(JSON.stringify([['user', user]]))
    .digest('base64url');
}

test('the unnamed fixed account is nobody’s id either', async () => {
  const given = await beside();
  const { data } = await firstValueFrom(given.client.for('default').get<AcmeEcho>('/x'));
  expect(data.id).toBe('c-default');
  expect((await firstValueFrom(given.client.get<AcmeEcho>('/x'))).data.id).toBe('fixed');
});

test('an id that is missing is not taken for the unnamed account', async () => {
  const { apis, vendor } = await beside();
  expect(() => apis.client('acme' as never, undefined)).toThrow(AccountError);
  expect(vendor.received).toEqual([]);
});

test('an id that the app does not know gets no fixed account’s token', async () => {
  const given = await acmeApp((vendor) => [
    fixed(vendor, 'own'),
    { baseURL: vendor.baseURL, accounts: { resolve: () => undefined } },
  ]);
  await injected(given, 'own').tokens.get();
  for (const call of [
    () => given.client.for('own').tokens.get(),
    () => given.client.fetch('/x', { authApis: { account: 'own' } }),
  ]) {
    expect(await failureOf(call())).toMatchObject({ code: 'UNKNOWN_ACCOUNT', account: 'own', dynamic: true });
  }
  expect(given.vendor.calls).toEqual([]);
});

test('statuses, events and errors tell a customer from the fixed account of that name', async () => {
  const given = await beside('own');
  await injected(given, 'own').tokens.get();
  await given.client.for('own').tokens.get();
  const kindOf = ({ account, dynamic }: Pick<TokenStatus, 'account' | 'dynamic'>): unknown => [account, dynamic];
  expect(given.apis.statuses().map(kindOf)).toEqual([
    ['own', undefined],
    ['own', true],
  ]);
  expect(given.events.filter(({ type }) => type === 'tokenObtained').map(kindOf)).toEqual([
    ['own', undefined],
    ['own', true],
  ]);
});

test('forgetting a customer leaves the fixed account of that name alone', async () => {
  const given = await beside('own');
  const own = injected(given, 'own');
  await own.tokens.get();
  await own.for({ user: 'u' }).tokens.get();
  expect(given.apis.forget('acme', 'own')).toBe(false);
  await given.client.for('own').tokens.get();
  expect(given.apis.forget('acme', 'own')).toBe(true);
  expect(given.apis.statuses().map(({ dynamic }) => dynamic)).toEqual([undefined, undefined]);
});

test('where the app resolves no ids, names find fixed accounts as ever', async () => {
  const given = await acmeApp((vendor) => [
    fixed(vendor),
    fixed(vendor, 'own'),
    { ...fixed(vendor, 'other'), appId: 'other', appKey: keyOf('other') },
  ]);
  const own = given.apis.client('acme' as never, 'own') as unknown as AcmeClient;
  expect((await firstValueFrom(own.get<AcmeEcho>('/x'))).data.id).toBe('fixed');
  const { data } = await firstValueFrom(own.get<AcmeEcho>('/x', { authApis: { account: 'other' } }));
  expect(data.id).toBe('other');
});
