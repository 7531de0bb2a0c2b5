import { Logger } from '@nestjs/common';
import type { SecretInput } from 'nestjs-auth-apis';
import { AuthApis, SparkflyClient, VerbitClient } from 'nestjs-auth-apis';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { firstValueFrom } from 'rxjs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { acmeApp, lookingUp, oneAccount } from '../../support/acme.js';
import { startApp } from '../../support/app.js';
import { expectNoSecret } from '../../support/leaks.js';
import { failureOf } from '../../support/outcome.js';
import { fakeSparkfly, fakeVerbit, sparkflyAccount, verbitAccount } from '../../support/vendors.js';

const CURRENT = 'current-key-nobody-may-see';
const NEXT = 'next-key-nobody-may-see';
const PAIR = [CURRENT, NEXT] as const;

/** An app whose vendor takes what `accepted` says. */
async function pairApp(appKey: SecretInput, accepted: string[], clock?: ManualClock) {
  const app = await acmeApp(oneAccount({ appKey: appKey as string }), { clock });
  app.vendor.keys = () => accepted;
  const keys = (): string[] => app.vendor.asks.map(({ key }) => key);
  const told = () => app.events.flatMap((event) => (event.type === 'secretRotated' ? [event.secret] : []));
  return { ...app, keys, told };
}

test('while the vendor takes the current one, the next is not tried', async () => {
  const { client, keys, told } = await pairApp(PAIR, [CURRENT, NEXT]);
  for (let i = 0; i < 3; i++) await client.tokens.refresh();
  expect(keys()).toEqual([CURRENT, CURRENT, CURRENT]);
  expect([told(), client.tokens.status().secret]).toEqual([[], 'current']);
});

test('when the current one is refused the next is tried in the same attempt, and stays first: no call fails', async () => {
  const accepted = [CURRENT];
  const { client, keys, told, events, vendor } = await pairApp(PAIR, accepted);
  await firstValueFrom(client.get('/things'));
  accepted.splice(0, 1, NEXT);
  vendor.tokens.clear();
  await firstValueFrom(client.get('/things'));
  expect(keys()).toEqual([CURRENT, CURRENT, NEXT]);
  expect([told(), client.tokens.status().secret]).toEqual([['next'], 'next']);
  for (let i = 0; i < 3; i++) await client.tokens.refresh();
  expect(keys().slice(3)).toEqual([NEXT, NEXT, NEXT]);
  expect(told()).toEqual(['next']);
  expect(events.filter(({ type }) => ['tokenRequestDenied', 'tokenRequestFailed'].includes(type))).toEqual([]);
});

test('when the vendor takes the current one again it is first again, and that is said too', async () => {
  const accepted = [NEXT];
  const { client, keys, told } = await pairApp(PAIR, accepted);
  await client.tokens.get();
  accepted.splice(0, 1, CURRENT);
  await client.tokens.refresh();
  await client.tokens.refresh();
  expect(keys()).toEqual([CURRENT, NEXT, NEXT, CURRENT, CURRENT]);
  expect([told(), client.tokens.status().secret]).toEqual([['next', 'current'], 'current']);
});

test('when both are refused it is two requests, then the cool-down', async () => {
  const clock = new ManualClock();
  const accepted: string[] = [];
  const { client, keys, events, vendor } = await pairApp(PAIR, accepted, clock);
  const error = await failureOf(client.get('/things'));
  expect(error).toMatchObject({ code: 'CREDENTIALS_REJECTED', vendorStatus: 401 });
  for (let i = 0; i < 5; i++) await failureOf(client.get('/things'));
  expect(keys()).toEqual([CURRENT, NEXT]);
  expect(events.filter(({ type }) => type === 'tokenRequestDenied')).toHaveLength(1);
  expect(client.tokens.status()).toMatchObject({ state: 'denied' });
  accepted.push(NEXT);
  await clock.advance(6_000);
  await firstValueFrom(client.get('/things'));
  expect(vendor.refusedCalls).toHaveLength(0);
  expect(keys()).toEqual([CURRENT, NEXT, CURRENT, NEXT]);
});

test('trouble is no refusal: the next is not tried for it', async () => {
  const { client, keys, vendor } = await pairApp(PAIR, [NEXT]);
  vendor.intercept = (_, response) => (response.writeHead(503).end(), true);
  await failureOf(client.tokens.refresh());
  expect(keys()).toEqual([CURRENT]);
});

test.each<[string, (read: () => string | readonly [string, string]) => SecretInput]>([
  ['a function', (read) => read],
  ['an async function', (read) => async () => read()],
])('a pair from %s is read anew at every attempt: a rotation from end to end', async (_, wrap) => {
  let secret: string | readonly [string, string] = CURRENT;
  const accepted = [CURRENT];
  const { client, keys, told } = await pairApp(
    wrap(() => secret),
    accepted,
  );
  await client.tokens.get();
  expect(client.tokens.status()).not.toHaveProperty('secret');
  secret = PAIR;
  await client.tokens.refresh();
  accepted.splice(0, 1, NEXT);
  await client.tokens.refresh();
  secret = NEXT;
  await client.tokens.refresh();
  expect(keys()).toEqual([CURRENT, CURRENT, CURRENT, NEXT, NEXT]);
  expect(told()).toEqual(['next']);
  expect(client.tokens.status()).not.toHaveProperty('secret');
});

test('a pair that a lookup gives rotates each account for itself', async () => {
  const resolve = (id: string) => ({ appId: id, appKey: PAIR });
  const { vendor, client, apis, events } = await acmeApp(lookingUp({ resolve }));
  vendor.keys = (id) => [id === 'a' ? NEXT : CURRENT];
  for (const id of ['a', 'b']) await firstValueFrom(client.for(id).get('/things'));
  const secrets = apis.statuses().map(({ account, secret }) => `${account} ${secret}`);
  expect(secrets).toEqual(['a next', 'b current']);
  expect(events.filter(({ type }) => type === 'secretRotated')).toMatchObject([{ account: 'a', secret: 'next' }]);
  expect(vendor.asks.map(({ id, key }) => [id, key])).toEqual([
    ['a', CURRENT],
    ['a', NEXT],
    ['b', CURRENT],
  ]);
});

test('both halves of a pair of two credentials change together', async () => {
  const vendor = await fakeSparkfly({ identity: 'new-identity', key: 'new-key' });
  const sparkfly = sparkflyAccount(vendor, {
    identity: ['old-identity', 'new-identity'],
    key: ['old-key', 'new-key'],
  });
  const app = await startApp({ prefetch: 'none', sparkfly });
  await firstValueFrom(app.get(SparkflyClient).get('/offers'));
  expect(
    vendor.requests.filter(({ kind }) => kind === 'token').map(({ headers }) => headers['x-auth-identity']),
  ).toEqual(['old-identity', 'new-identity']);
});

test('one that is no pair goes with both halves of one that is', async () => {
  const vendor = await fakeSparkfly({ identity: 'me', key: 'new-key' });
  const app = await startApp({ prefetch: 'none', sparkfly: sparkflyAccount(vendor, { key: ['old-key', 'new-key'] }) });
  await firstValueFrom(app.get(SparkflyClient).get('/offers'));
  expect(vendor.counters).toMatchObject({ tokenRequests: 2, tokenRequestsDenied: 1, apiUnauthorized: 0 });
});

test('a rotation at the vendor while a thousand calls run: none of them fails', async () => {
  const vendor = await fakeVerbit({ apiKey: CURRENT });
  const app = await startApp({ verbit: verbitAccount(vendor, { apiKey: PAIR }) });
  const client = app.get(VerbitClient);
  const calls: Promise<unknown>[] = [];
  for (let i = 0; i < 10; i++) {
    for (let j = 0; j < 30; j++) calls.push(firstValueFrom(client.get('/orders/1')));
    if (i === 5) {
      vendor.rotateKey(NEXT);
      vendor.revokeTokens();
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await Promise.all(calls);
  expect(vendor.counters).toMatchObject({ tokensIssued: 2, tokenRequestsDenied: 1, tokenRequests: 3 });
});

test('events, log lines, statuses and errors of a rotation show neither secret', async () => {
  const lines: unknown[] = [];
  for (const level of ['log', 'warn', 'error', 'debug'] as const) {
    const spy = vi.spyOn(Logger.prototype, level).mockImplementation((line: unknown) => void lines.push(line));
    onTestFinished(() => spy.mockRestore());
  }
  const accepted = [NEXT];
  const { app, client, events, vendor, told } = await pairApp(PAIR, accepted);
  vendor.intercept = ({ key }, response) => {
    if (accepted.includes(key)) return false;
    response.writeHead(401).end(JSON.stringify({ reason: `wrong: ${key}` }));
    return true;
  };
  await firstValueFrom(client.get('/things'));
  accepted.length = 0;
  const error = await failureOf(client.tokens.refresh());
  expect([told(), (error as { code?: string }).code]).toEqual([['next'], 'CREDENTIALS_REJECTED']);
  expect(lines.join('\n')).toMatch(/refuses the first of the two secrets and takes the second/);
  for (const shown of [events, lines, app.get(AuthApis).statuses(), error, client, app.get(AuthApis)])
    expectNoSecret(shown, [CURRENT, NEXT]);
});

test.each<[string, unknown]>([
  ['one', ['a']],
  ['three', ['a', 'b', 'c']],
  ['none', []],
  ['a line break in the second', ['a', `${NEXT}\n`]],
  ['nothing for the second', ['a', undefined]],
])('a pair of %s is refused at boot, without its value', async (_, appKey) => {
  const error = await failureOf(acmeApp(oneAccount({ appKey: appKey as string })));
  expect(error).toMatchObject({ code: 'INVALID_OPTIONS' });
  expect(error.message).toContain('apis[0].appKey');
  expectNoSecret(error, [NEXT]);
});
