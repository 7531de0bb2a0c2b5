import 'reflect-metadata';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { get } from 'node:http';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Inject, Injectable, Module, VersioningType } from '@nestjs/common';
import { APP_INTERCEPTOR, NestFactory } from '@nestjs/core';
import { AuthApis, AuthApisModule, isAuthApisOptionsError, SparkflyClient } from 'nestjs-auth-apis';
import { AuthApisDashboardModule } from 'nestjs-auth-apis/dashboard';
import { map } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { DashboardFeed } from '../../../lib/dashboard/dashboard-feed.js';
import { selfSigned } from '../../support/certificate.js';
import { buildPage, dashboardApp, PLATFORMS } from '../../support/dashboard-app.js';
import { EventStream } from '../../support/event-stream.js';
import { failureOf, timed, until } from '../../support/outcome.js';
import { fakeSparkfly, fakeVerbit, sparkflyAccount, verbitAccount } from '../../support/vendors.js';

buildPage();

const PARTS = ['', '?part=style', '?part=script', '?part=icon', '?part=events'];
const HEADER = { 'x-auth-apis-refresh': 'now' };

/** Something a guard may need from the app. */
@Injectable()
class Badges {
  readonly good = 'let me in';
}
@Module({ providers: [Badges], exports: [Badges] })
class BadgesModule {}

@Injectable()
class BadgeGuard implements CanActivate {
  constructor(@Inject(Badges) private readonly badges: Badges) {}
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    return headers['badge'] === this.badges.good;
  }
}

const nobody: CanActivate = { canActivate: () => false };

/** Its method is there when it has been made, and not before. */
class ArrowGuard implements CanActivate {
  canActivate = (): boolean => false;
}

describe.each(PLATFORMS)('on %s', (platform) => {
  test('every part says what it is, and under which policy', async () => {
    const vendor = await fakeVerbit();
    const { url } = await dashboardApp({ platform, apis: { verbit: verbitAccount(vendor) } });
    const types = ['text/html', 'text/css', 'text/javascript', 'image/svg+xml', 'text/event-stream'];
    for (const [i, part] of PARTS.entries()) {
      const { status, headers, body } = await fetch(url + part);
      expect(status, part).toBe(200);
      expect(headers.get('content-type'), part).toBe(`${types[i]}; charset=utf-8`);
      expect(headers.get('content-security-policy'), part).toContain("default-src 'none'; script-src 'self'");
      expect(headers.get('cache-control'), part).toMatch(/^no-store/);
      expect(headers.get('x-content-type-options'), part).toBe('nosniff');
      expect(headers.get('referrer-policy'), part).toBe('no-referrer');
      await body?.cancel();
    }
    expect((await fetch(`${url}?part=secrets`)).status).toBe(404);
    expect((await fetch(`${url}?part=events&part=style`)).status).toBe(404);
  });

  test('guards stand before every part, and before the button; they get what they need', async () => {
    const vendor = await fakeVerbit();
    const dashboard = { guards: [BadgeGuard], imports: [BadgesModule], allowRefresh: true };
    const { url } = await dashboardApp({ platform, apis: { verbit: verbitAccount(vendor) }, dashboard });
    for (const part of PARTS) {
      expect((await fetch(url + part)).status, part).toBe(403);
      const admitted = await fetch(url + part, { headers: { badge: 'let me in' } });
      expect(admitted.status, part).toBe(200);
      await admitted.body?.cancel();
    }
    expect((await fetch(url, { method: 'POST', headers: HEADER })).status).toBe(403);
    expect((await fetch(url, { method: 'POST', headers: { ...HEADER, badge: 'let me in' } })).status).toBe(200);
  });

  test('a guard may be written as any class', async () => {
    const vendor = await fakeVerbit();
    const dashboard = { guards: [ArrowGuard] };
    const { url } = await dashboardApp({ platform, apis: { verbit: verbitAccount(vendor) }, dashboard });
    expect((await fetch(url)).status).toBe(403);
  });

  test('the button has guards of its own on top', async () => {
    const vendor = await fakeVerbit();
    const dashboard = { unguarded: true, allowRefresh: [nobody] };
    const { url } = await dashboardApp({ platform, apis: { verbit: verbitAccount(vendor) }, dashboard });
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(url, { method: 'POST', headers: HEADER })).status).toBe(403);
  });

  test('a page hears everything first, then each change', async () => {
    const vendor = await fakeSparkfly();
    const { app, url } = await dashboardApp({
      platform,
      apis: { prefetch: 'none', sparkfly: [sparkflyAccount(vendor), sparkflyAccount(vendor, { name: 'east' })] },
    });
    const stream = await EventStream.open(url);
    const { accounts, events, hasRefresh } = await stream.next('snapshot');
    expect(accounts).toMatchObject([
      { api: 'sparkfly', account: 'default', health: 'idle', isConfigured: true },
      { api: 'sparkfly', account: 'east', health: 'idle' },
    ]);
    expect({ events, hasRefresh }).toEqual({ events: [], hasRefresh: false });

    await app.get(SparkflyClient).tokens.get();
    const change = await stream.next('change', (data) => data.accounts?.[0]?.health === 'up');
    expect(change.accounts).toMatchObject([{ account: 'default', health: 'up', state: 'fresh' }]);
    expect(change.events).toMatchObject([{ times: 1, event: { type: 'tokenObtained' } }]);

    vendor.failNext({ on: 'token', status: 503 });
    await failureOf(app.get(SparkflyClient).tokens.refresh());
    const trouble = await stream.next('change', (data) => data.accounts?.[0]?.health === 'failing');
    expect(trouble.accounts).toMatchObject([{ account: 'default', lastError: { vendorStatus: 503 } }]);
  });

  test('a refresh is asked for by the page alone', async () => {
    const vendor = await fakeSparkfly();
    const { url, origin } = await dashboardApp({
      platform,
      apis: { prefetch: 'none', sparkfly: sparkflyAccount(vendor) },
      dashboard: { unguarded: true, allowRefresh: true },
    });
    const post = (headers: Record<string, string>): Promise<Response> =>
      fetch(`${url}?api=sparkfly&account=default`, { method: 'POST', headers });
    expect((await post({})).status).toBe(403);
    expect((await post({ ...HEADER, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await post({ ...HEADER, 'sec-fetch-site': 'same-site' })).status).toBe(403);
    expect((await post({ ...HEADER, origin: 'https://evil.example' })).status).toBe(403);
    expect((await post({ ...HEADER, origin: 'null' })).status).toBe(403);
    expect(vendor.counters.tokenRequests).toBe(0);
    expect((await post({ ...HEADER, origin })).status).toBe(200);
    expect(vendor.counters.tokenRequests).toBe(1);
  });

  test('what comes of a refresh is told in words, and nobody insists', async () => {
    const vendor = await fakeSparkfly();
    const { url } = await dashboardApp({
      platform,
      apis: { prefetch: 'none', sparkfly: sparkflyAccount(vendor) },
      dashboard: { unguarded: true, allowRefresh: true },
    });
    const post = (query: string): Promise<Response> => fetch(`${url}?${query}`, { method: 'POST', headers: HEADER });
    vendor.failNext({ on: 'token', status: 503, headers: { 'Retry-After': '30' } });
    const failed = await post('api=sparkfly&account=default');
    expect(failed.status).toBe(502);
    expect(await failed.json()).toEqual({ message: expect.stringContaining('answered 503') as string });
    const again = await post('api=sparkfly&account=default');
    expect(again.status).toBe(429);
    expect(again.headers.get('retry-after')).toMatch(/^[12]$/);
    expect((await post('api=sparkfly&account=nobody')).status).toBe(404);
    expect((await post('api=nothing&account=default')).status).toBe(404);
    expect(vendor.counters.tokenRequests).toBe(1);
  });

  test('where refreshing is not allowed there is no such route', async () => {
    const vendor = await fakeSparkfly();
    const { url } = await dashboardApp({ platform, apis: { sparkfly: sparkflyAccount(vendor) } });
    expect((await fetch(url, { method: 'POST', headers: HEADER })).status).toBe(404);
  });

  test('below a global prefix and versions, at a path with slashes, with AuthApisModule not global', async () => {
    const vendor = await fakeVerbit();
    const { origin } = await dashboardApp({
      platform,
      apis: { isGlobal: false, verbit: verbitAccount(vendor) },
      dashboard: { path: 'internal/tokens', unguarded: true, title: 'Tokens of <Acme> & Sons' },
      configure: (app) =>
        app.setGlobalPrefix('ops').enableVersioning({ type: VersioningType.URI, defaultVersion: '1' }),
    });
    const page = await fetch(`${origin}/ops/internal/tokens`);
    expect(page.status).toBe(200);
    const html = await page.text();
    expect(html).toContain('<title>Tokens of &lt;Acme&gt; &amp; Sons</title>');
    // All that the page refers to is relative to its own URL, whatever a proxy makes of that.
    const references = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, reference]) => reference);
    expect(new Set(references)).toEqual(new Set(['?part=icon', '?part=script', '?part=style', '#events-heading']));
    expect(html).not.toMatch(/<style|style=|<script>|\son\w+=/);
  });

  test('an app with an open page closes within a second, and lets no new one in', async () => {
    const vendor = await fakeVerbit();
    const { app, url } = await dashboardApp({ platform, apis: { verbit: verbitAccount(vendor) } });
    const streams = await Promise.all([EventStream.open(url), EventStream.open(url)]);
    await Promise.all(streams.map((stream) => stream.next('snapshot')));
    // Browsers open connections in advance; Node's server would wait for a minute for what they want.
    const silent = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
    await once(silent, 'connect');
    expect(await timed(() => app.close())).toBeLessThan(1_000);
    await until(() => streams.every(({ hasEnded }) => hasEnded));
    expect(app.get(DashboardFeed, { strict: false }).open()).toBeUndefined();
  });

  test('an app closes within a second while a page takes nothing of what it is sent, as that of a laptop asleep', async () => {
    const vendor = await fakeVerbit();
    const { app, url } = await dashboardApp({ platform, apis: { verbit: verbitAccount(vendor) } });
    const server = app.getHttpServer() as Server;
    server.on('connection', (socket) => (socket.write = () => false)); // nothing leaves, and nobody asks for more
    get(`${url}?part=events`, { agent: false }).on('error', () => undefined);
    await until(() => app.get(DashboardFeed, { strict: false }).viewers === 1);
    expect(await timed(() => app.close())).toBeLessThan(1_000);
  });

  test('an app behind TLS closes within a second while a connection has said nothing since its handshake', async () => {
    const vendor = await fakeVerbit();
    const https = selfSigned(['localhost'], ['127.0.0.1']);
    const { app, origin } = await dashboardApp({ platform, https, apis: { verbit: verbitAccount(vendor) } });
    const silent = connectTls({ port: Number(new URL(origin).port), host: '127.0.0.1', ca: https.cert });
    silent.on('error', () => undefined);
    await once(silent, 'secureConnect');
    expect(await timed(() => app.close())).toBeLessThan(1_000);
  });

  test('who closes the page is forgotten, one that only asks for its head too; not all the world may look', async () => {
    const vendor = await fakeVerbit();
    const { app, url } = await dashboardApp({ platform, apis: { verbit: verbitAccount(vendor) } });
    const feed = app.get(DashboardFeed, { strict: false });
    await fetch(`${url}?part=events`, { method: 'HEAD' });
    await until(() => feed.viewers === 0);
    const streams = await Promise.all(Array.from({ length: 50 }, () => EventStream.open(url)));
    await Promise.all(streams.map((stream) => stream.next('snapshot')));
    expect(feed.viewers).toBe(50);
    const refused = await fetch(`${url}?part=events`);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    await refused.text();
    for (const stream of streams) stream.close();
    await until(() => feed.viewers === 0);
    expect((await EventStream.open(url)).status).toBe(200);
  });

  test('what the app does to answers of its own handlers does nothing to the page', async () => {
    const vendor = await fakeVerbit();
    const wrapping = { intercept: (_: unknown, next: { handle(): never }) => map((data) => ({ data }))(next.handle()) };
    const { url } = await dashboardApp({
      platform,
      apis: { verbit: verbitAccount(vendor) },
      module: { providers: [{ provide: APP_INTERCEPTOR, useValue: wrapping }] },
    });
    expect(await (await fetch(url)).text()).toMatch(/^<!doctype html>/);
    await (await EventStream.open(url)).next('snapshot');
  });

  test('no key and no token is in any byte that is served', async () => {
    const vendor = await fakeSparkfly();
    const sparkfly = sparkflyAccount(vendor, { key: [vendor.key, 'the-next-key-of-all'] });
    const { app, url } = await dashboardApp({
      platform,
      apis: { prefetch: 'none', sparkfly },
      dashboard: { unguarded: true, allowRefresh: true },
    });
    const stream = await EventStream.open(url);
    const { tokens } = app.get(SparkflyClient);
    await tokens.get();
    vendor.failNext({ on: 'token', status: 400, body: { error: `no such key: ${vendor.key}` } });
    await failureOf(tokens.refresh());
    await stream.next('change', ({ accounts }) => accounts?.[0]?.lastError !== undefined);
    const parts = await Promise.all(PARTS.slice(0, 4).map(async (part) => (await fetch(url + part)).text()));
    const late = await EventStream.open(url);
    await late.next('snapshot');
    const served = [...parts, stream.text, late.text].join('\n');
    expect(served).toContain('sparkfly');
    for (const secret of [vendor.key, 'the-next-key-of-all', ...vendor.tokensIssued]) {
      expect(served.includes(secret)).toBe(false);
    }
  });
});

describe('refuses to start', () => {
  const start = async (register: () => object, withApis = true): Promise<unknown> => {
    @Module({ imports: [...(withApis ? [AuthApisModule.forRoot({})] : []), register() as never] })
    class AppModule {}
    return failureOf(NestFactory.create(AppModule, { logger: false, abortOnError: false }).then((app) => app.init()));
  };

  test.each([
    [{}, 'guards is missing or empty'],
    [{ guards: [] }, 'guards is missing or empty'],
    [{ guards: [undefined] }, 'guards[0] is no guard'],
    [{ guards: [() => true] }, 'guards[0] is no guard'],
    [{ guards: [{}] }, 'guards[0] is no guard'],
    [{ guards: nobody }, 'guards must be a list'],
    [{ guards: [nobody], unguarded: true }, 'contradict each other'],
    [{ unguarded: 'yes' }, 'unguarded must be true or false'],
    [{ unguarded: true, allowRefresh: [] }, 'allowRefresh is an empty list'],
    [{ unguarded: true, allowRefresh: 'yes' }, 'allowRefresh must be'],
    [{ unguarded: true, path: ':where' }, 'path must be plain segments'],
    [{ unguarded: true, path: '../where' }, 'path must be plain segments'],
    [{ unguarded: true, path: 'wo ist' }, 'path must be plain segments'],
    [{ unguarded: true, path: 'märkte' }, 'path must be plain segments'],
    [{ unguarded: true, title: 7 }, 'title must be a text'],
    [{ unguarded: true, allowRefesh: true }, 'allowRefesh is not an option: check its spelling'],
    [undefined, 'they must be an object'],
  ])('%j', async (options, problem) => {
    const error = await start(() => AuthApisDashboardModule.register(options as never));
    expect(isAuthApisOptionsError(error)).toBe(true);
    expect((error as Error).message).toContain(problem);
  });

  test('without register', async () => {
    const error = await start(() => AuthApisDashboardModule);
    expect(isAuthApisOptionsError(error)).toBe(true);
    expect((error as Error).message).toContain('import AuthApisDashboardModule.register({ guards: [AdminGuard] })');
  });

  test('without AuthApisModule', async () => {
    const error = await start(() => AuthApisDashboardModule.register({ unguarded: true }), false);
    expect(isAuthApisOptionsError(error)).toBe(true);
    expect((error as Error).message).toContain('import AuthApisModule');
  });
});

test('looked-up accounts are counted, and those in trouble shown up to a limit', async () => {
  const vendor = await fakeSparkfly();
  const resolve = (id: string) => ({ identity: vendor.identity, key: id.startsWith('bad') ? 'wrong' : vendor.key });
  const { app, url } = await dashboardApp({
    apis: { prefetch: 'none', sparkfly: { baseURL: vendor.baseURL, accounts: { resolve } } },
  });
  const apis = app.get(AuthApis);
  const ids = [...Array.from({ length: 60 }, (_, i) => `bad-${i}`), 'good-1', 'good-2'];
  await Promise.all(ids.map((id) => failureOf(apis.client('sparkfly', id).tokens.get()).catch(() => undefined)));
  const { accounts, dynamicAccounts, events } = await (await EventStream.open(url)).next('snapshot');
  expect(dynamicAccounts).toEqual({ counts: { up: 2, failing: 0, down: 60, idle: 0 }, notShown: 10 });
  expect(accounts).toHaveLength(50);
  expect(accounts.every(({ health, isConfigured }) => health === 'down' && !isConfigured)).toBe(true);
  expect(events).toHaveLength(60); // not those of the good ones: that they got a token is no news
});
