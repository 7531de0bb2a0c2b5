import { execFileSync, spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthApis, AuthApisModule, isAuthApisClosedError, TokenRefreshScheduler, VerbitClient } from 'nestjs-auth-apis';
import type { FakeVerbit } from 'nestjs-auth-apis/testing';
import { firstValueFrom } from 'rxjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failureOf, until } from '../../support/outcome.js';
import { fakeVerbit, verbitAccount, verbitApp } from '../../support/vendors.js';

@Controller()
class OrdersController {
  constructor(private readonly verbit: VerbitClient) {}

  @Get('order')
  async order(): Promise<unknown> {
    return (await firstValueFrom(this.verbit.get<object>('/orders/7'))).data;
  }
}

test('requests that are under way when the app closes still get their token and their answer', async () => {
  const vendor = await fakeVerbit({ tokenLatencyMs: 200 });
  @Module({
    imports: [AuthApisModule.forRoot({ prefetch: 'none', verbit: verbitAccount(vendor) })],
    controllers: [OrdersController],
  })
  class AppModule {}
  const app = await NestFactory.create(AppModule, { logger: false });
  await app.listen(0, '127.0.0.1');
  const answer = fetch(`${await app.getUrl()}/order`, { headers: { Connection: 'close' } });
  await until(() => vendor.counters.tokenRequests === 1);
  await app.close();
  const response = await answer;
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ id: 7 });
  expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1 });
});

test('a wait that is left over gets AuthApisClosedError, at once and without a timer left behind', async () => {
  const { vendor, app, client } = await verbitApp();
  vendor.failNext({ action: 'hang' });
  const failure = failureOf(client.get('/orders/1'));
  await until(() => vendor.counters.tokenRequests === 1);
  await app.close();
  const error = await failure;
  expect(isAuthApisClosedError(error)).toBe(true);
  expect(error).toMatchObject({ name: 'AuthApisClosedError', api: 'verbit', account: 'default', retryable: false });
});

test('after the close no token is asked for any more; the living one serves to its end', async () => {
  const { vendor, app, client } = await verbitApp();
  await client.tokens.get();
  await app.close();
  expect((await firstValueFrom(client.get('/orders/1'))).status).toBe(200);
  vendor.revokeTokens();
  expect((await failureOf(client.get('/orders/1'))).response?.status).toBe(401);
  expect(await failureOf(client.get('/orders/1'))).toMatchObject({ code: 'CLOSED' });
  expect(vendor.counters.tokenRequests).toBe(1);
});

test('the scheduler plans nothing any more, events$ completes, and the status says closed', async () => {
  const vendor = await fakeVerbit();
  const { app } = await verbitApp({ options: { prefetch: 'await' } });
  let completed = false;
  app.get(AuthApis).events$.subscribe({ complete: () => (completed = true) });
  const scheduler = app.get(TokenRefreshScheduler);
  expect(scheduler.upcoming()).toHaveLength(1);
  await app.close();
  expect(scheduler.upcoming()).toEqual([]);
  expect(completed).toBe(true);
  expect(app.get(AuthApis).statuses()).toMatchObject([{ state: 'closed' }]);
  expect(vendor.counters.tokenRequests).toBe(0);
});

test('closing while a token request hangs leaves nothing that keeps the process alive', async () => {
  const before = timers();
  const { vendor, app, client } = await verbitApp();
  vendor.failNext({ action: 'hang' });
  const failure = failureOf(client.get('/orders/1', { timeout: 60_000 }));
  await until(() => vendor.counters.tokenRequests === 1);
  await app.close();
  await failure;
  await until(() => timers() <= before);
});

const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

/** What a user's app is, in a process of its own: it boots, calls, closes, and must end by itself. */
const APP = `
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthApisModule, VerbitClient } from './index.js';
import { firstValueFrom } from 'rxjs';
const verbit = { apiKey: process.env.KEY, baseURL: process.env.BASE_URL };
class AppModule {}
Module({ imports: [AuthApisModule.forRoot({ verbit })] })(AppModule);
const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
const call = firstValueFrom(app.get(VerbitClient).get('/orders/1')).then(({ status }) => status, ({ code }) => code);
if (process.env.WAIT) console.log(await call);
await app.close();
console.log(await call);
process.on('exit', () => console.log(Date.now() - closedAt < 1000 ? 'in time' : 'too late'));
const closedAt = Date.now();
`;

/** The README's stand-in for credentials: nobody has hold of the fakes, so nobody closes them. */
const ON_FAKES = `
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthApisModule, VerbitClient } from './index.js';
import { FakeVerbit } from './testing/index.js';
import { firstValueFrom } from 'rxjs';
const authApis = AuthApisModule.forRootAsync({
  useFactory: async () => {
    const { apiKey, baseURL } = await FakeVerbit.start({ latencyMs: 50 });
    return { verbit: { apiKey, baseURL } };
  },
});
class AppModule {}
Module({ imports: [authApis] })(AppModule);
const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
console.log((await firstValueFrom(app.get(VerbitClient).get('/orders/1'))).status);
await fetch(app.get(VerbitClient).axiosRef.defaults.baseURL); // leaves a connection open
await app.close();
console.log('closed');
`;

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const build = join(ROOT, 'node_modules', `.e2e-shutdown-${process.pid}`);

beforeAll(() => {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', join(ROOT, 'tsconfig.build.json'), '--outDir', build, '--noCheck']);
  writeFileSync(join(build, 'package.json'), '{"type":"module"}');
  writeFileSync(join(build, 'app.js'), APP);
  writeFileSync(join(build, 'on-fakes.js'), ON_FAKES);
});
afterAll(() => rmSync(build, { recursive: true, force: true }));

const runOn = (vendor: FakeVerbit, env: Record<string, string> = {}): Promise<string> =>
  run('app.js', { KEY: vendor.apiKey, BASE_URL: vendor.baseURL, ...env });

function run(file: string, env: Record<string, string> = {}): Promise<string> {
  const child = spawn(process.execPath, [join(build, file)], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 4_000,
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve(`${said}${code}`)));
}

test('a process whose app has closed ends within a second', async () => {
  const vendor = await fakeVerbit();
  expect(await runOn(vendor, { WAIT: '1' })).toBe('200\n200\nin time\n0');
  expect(vendor.counters.tokenRequests).toBe(1);
});

test('a process whose app has closed while the vendor hangs ends within a second', async () => {
  const vendor = await fakeVerbit();
  vendor.failNext({ action: 'hang', times: Infinity });
  expect(await runOn(vendor)).toBe('CLOSED\nin time\n0');
});

test('fakes that nobody closes serve the app, and do not keep the process alive', async () => {
  expect(await run('on-fakes.js')).toBe('200\nclosed\n0');
});
