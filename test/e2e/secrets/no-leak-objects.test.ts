import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import type { AuthApisOptions } from 'nestjs-auth-apis';
import {
  AuthApis,
  AuthApisModule,
  OutboundAuthorizationInterceptor,
  SparkflyClient,
  TokenRefreshScheduler,
  VerbitClient,
} from 'nestjs-auth-apis';
import { firstValueFrom } from 'rxjs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { keepAliveAgent } from '../../../lib/interceptor/keep-alive-agent.js';
import { Test } from '@nestjs/testing';
import { startApp } from '../../support/app.js';
import { everythingShown, expectNoSecret } from '../../support/leaks.js';
import { failureOf, until } from '../../support/outcome.js';
import {
  fakeSparkfly,
  fakeVerbit,
  sparkflyAccount,
  sparkflyApp,
  verbitAccount,
  verbitApp,
} from '../../support/vendors.js';

const KEYS = ['verbit-key-nobody-may-see', 'sparkfly-key-nobody-may-see', 'identity-nobody-may-see'] as const;

async function runningApp() {
  const verbit = await fakeVerbit({ apiKey: KEYS[0] });
  const sparkfly = await fakeSparkfly({ key: KEYS[1], identity: KEYS[2] });
  const app = await startApp({ verbit: verbitAccount(verbit), sparkfly: sparkflyAccount(sparkfly) });
  await firstValueFrom(app.get(VerbitClient).get('/orders/1'));
  await firstValueFrom(app.get(SparkflyClient).get('/offers'));
  return { app, secrets: [...KEYS, ...verbit.tokensIssued, ...sparkfly.tokensIssued] };
}

test('clients, tokens, registry, scheduler and interceptor of a running app show no secret', async () => {
  const { app, secrets } = await runningApp();
  const clients = [app.get(VerbitClient), app.get(SparkflyClient)];
  for (const client of clients) {
    for (const part of [client, client.axiosRef, client.authentication, client.tokens, client.tokens.status()]) {
      expectNoSecret(part, secrets);
    }
    expectNoSecret(client.tokens.peek(), secrets.slice(0, 3));
    const shown = inspect(client.tokens.peek(), { showHidden: true, getters: true });
    expect(shown.includes(client.tokens.peek()!.value)).toBe(false);
    expect(Object.keys(client.tokens.peek()!).sort()).toEqual(['expiresAt', 'requestedAt']);
    expect(JSON.stringify(Object.assign({}, client.tokens.peek()))).not.toContain(client.tokens.peek()!.value);
  }
  for (const token of [AuthApis, TokenRefreshScheduler, OutboundAuthorizationInterceptor]) {
    expectNoSecret(app.get(token), secrets);
  }
  expectNoSecret(app.get(AuthApis).statuses(), secrets);
  expectNoSecret(app.get(TokenRefreshScheduler).upcoming(), secrets);
});

test('the container of a running app shows no secret, at any depth', async () => {
  const { app, secrets } = await runningApp();
  const { container } = app as unknown as { container: object };
  expect(inspect(container, { depth: 4 })).toContain('AuthApis');
  const shown = inspect(app, {
    depth: Infinity,
    showHidden: true,
    maxArrayLength: Infinity,
    maxStringLength: Infinity,
  });
  for (const secret of secrets) expect(shown.includes(secret)).toBe(false);
});

const options = (): AuthApisOptions => ({
  verbit: { apiKey: KEYS[0] },
  sparkfly: [
    { identity: KEYS[2], key: KEYS[1] },
    { name: 'east', identity: KEYS[2], key: () => KEYS[1] },
  ],
});

test('the dynamic module of forRoot and forRootAsync shows no secret, nor do the providers that Nest reads from it', () => {
  for (const module of [
    AuthApisModule.forRoot(options()),
    AuthApisModule.forRootAsync({ useFactory: () => options() }),
  ]) {
    expectNoSecret(module, KEYS);
    expectNoSecret(module.providers, KEYS);
    expectNoSecret(module.exports, KEYS);
  }
});

test('every provider that an app holds before it is started shows no secret', async () => {
  const testing = await Test.createTestingModule({ imports: [AuthApisModule.forRoot(options())] }).compile();
  const { container } = testing as unknown as {
    container: { getModules(): Map<string, { providers: Map<unknown, { instance: unknown }> }> };
  };
  let seen = 0;
  for (const module of container.getModules().values()) {
    for (const [token, { instance }] of module.providers) {
      if (typeof token !== 'symbol') continue;
      expectNoSecret(instance, KEYS);
      // The options are there, and what is secret in them is wrapped.
      if (everythingShown(instance).includes('Secret')) seen++;
    }
  }
  expect(seen).toBe(1);
  await testing.close();
});

test('the options that the app gave are neither kept nor changed', async () => {
  const vendor = await fakeVerbit();
  const given = Object.freeze({ prefetch: 'none' as const, verbit: Object.freeze(verbitAccount(vendor)) });
  const app = await startApp(given);
  await firstValueFrom(app.get(VerbitClient).get('/orders/1'));
  expect(given.verbit.apiKey).toBe(vendor.apiKey);
});

test('events and log lines show no secret, whatever happens', async () => {
  const { vendor, app, client } = await sparkflyApp({ fake: { key: KEYS[1], identity: KEYS[2] } });
  const lines: unknown[] = [];
  const write = (...line: unknown[]): void => void lines.push(line);
  Logger.overrideLogger({ log: write, warn: write, error: write, debug: write });
  onTestFinished(() => Logger.overrideLogger(false));
  app.get(AuthApis).events$.subscribe((event) => lines.push(event));
  await firstValueFrom(client.get('/offers'));
  vendor.rejectNext(2);
  await failureOf(client.get('/offers'));
  await failureOf(client.get('http://127.0.0.1:9/elsewhere?token=in-the-query'));
  vendor.failNext({ status: 500, body: { error: `key ${KEYS[1]}` } });
  await failureOf(client.tokens.refresh());
  vendor.rotateKey('another');
  await failureOf(client.tokens.refresh());
  await app.close();
  const kinds = lines.map((line) => (line as { type?: string }).type).filter(Boolean);
  expect(new Set(kinds)).toEqual(
    new Set([
      'tokenRequested',
      'tokenObtained',
      'tokenRejected',
      'callRetried',
      'tokenRequestFailed',
      'tokenRequestDenied',
      'tokenCacheClosed',
    ]),
  );
  expect(lines.some(Array.isArray)).toBe(true);
  expectNoSecret(lines, [KEYS[1], KEYS[2], 'in-the-query', ...vendor.tokensIssued]);
});

test('the error of refused credentials, met by many calls, does not grow', async () => {
  const { vendor, client } = await verbitApp();
  vendor.rotateKey('another');
  const errorOf = async (caught: unknown) => caught as Error;
  async function here(): Promise<Error> {
    try {
      await client.axiosRef.get('/orders/1');
    } catch (error) {
      return errorOf(error);
    }
    throw new Error('it succeeded');
  }
  async function there(): Promise<Error> {
    try {
      await client.axiosRef.get('/orders/2');
    } catch (error) {
      return errorOf(error);
    }
    throw new Error('it succeeded');
  }
  await here();
  const length = (await there()).stack!.length;
  for (let i = 0; i < 50; i++) await (i % 2 ? here() : there());
  expect((await here()).stack!.length).toBeLessThan(length * 3);
  expect(vendor.counters.tokenRequests).toBe(1);
});

test('a stream that nobody reads: destroying it frees the connection', async () => {
  const { vendor, client } = await sparkflyApp();
  vendor.failNext({ on: 'api', status: 200, body: 'x'.repeat(3_000_000) });
  const { data } = await client.axiosRef.get<{ destroy(): void }>('/offers', { responseType: 'stream' });
  const busy = (): number => Object.values(keepAliveAgent(false)!.sockets).flat().length;
  expect(busy()).toBeGreaterThan(0);
  data.destroy();
  await vi.waitFor(() => expect(busy()).toBe(0), { timeout: 2_000 });
});

test('a signal that fires while a streamed answer is not read yet arrives at the stream, and nowhere else', async () => {
  const uncaught: unknown[] = [];
  const note = (error: unknown): void => void uncaught.push(error);
  const present = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', note);
  onTestFinished(() => {
    process.off('uncaughtException', note);
    for (const listener of present) process.on('uncaughtException', listener);
  });
  const { vendor, client } = await sparkflyApp();
  vendor.failNext({ on: 'api', status: 200, body: 'x'.repeat(3_000_000) });
  const controller = new AbortController();
  const config = { responseType: 'stream', signal: controller.signal } as const;
  const { data } = await client.axiosRef.get<NodeJS.ReadableStream>('/offers', config);
  const errors: unknown[] = [];
  data.on('error', (error) => errors.push(error));
  controller.abort();
  data.resume();
  await until(() => errors.length + uncaught.length > 0);
  expect(uncaught).toEqual([]);
  expect(errors).toEqual([expect.objectContaining({ code: 'ERR_CANCELED' })]);
  expectNoSecret(errors, vendor.tokensIssued);
});

test.each([200, 403])(
  'a stream that the caller sent shows no token afterwards, when the API answered %i',
  async (status) => {
    const { vendor, client } = await sparkflyApp();
    vendor.failNext({ on: 'api', status, body: '{}' });
    const body = Readable.from([Buffer.from('streamed')]);
    const outcome: unknown = await client.axiosRef.post('/echo', body).catch((error: unknown) => error);
    expectNoSecret([outcome, body], vendor.tokensIssued);
    expect(vendor.requests.at(-1)?.body).toBe('streamed');
  },
);

test('the URL at which an answer was found shows no query', async () => {
  const { vendor, client } = await sparkflyApp();
  vendor.failNext({ on: 'api', status: 302, headers: { Location: '/v1.0/echo?api_token=secret-in-query' } });
  const { request } = await client.axiosRef.get('/offers');
  expect(inspect(request, { depth: 5 })).not.toContain('secret-in-query');
  expect((request as { res: { responseUrl: string } }).res.responseUrl).toBe(`${vendor.baseURL}/echo`);
});
