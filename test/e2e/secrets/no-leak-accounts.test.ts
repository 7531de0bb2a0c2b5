import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import {
  accountsFor,
  AuthApis,
  oauth2ClientCredentials,
  OutboundAuthorizationInterceptor,
  SparkflyClient,
  TokenRefreshScheduler,
} from 'nestjs-auth-apis';
import { firstValueFrom } from 'rxjs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { acme, acmeOf, acmeVendor, json } from '../../support/acme.js';
import { startApp } from '../../support/app.js';
import { expectNoSecret } from '../../support/leaks.js';
import { failureOf } from '../../support/outcome.js';
import { startTokenServer } from '../../support/token-server.js';
import { fakeSparkfly } from '../../support/vendors.js';

const KEYS = {
  identity: 'identity-of-the-tenant-nobody-may-see',
  key: 'key-of-the-tenant-nobody-may-see',
  next: 'next-key-of-the-tenant-nobody-may-see',
  appKey: 'acme-key-nobody-may-see',
  otherAppKey: 'other-acme-key-nobody-may-see',
  client: 'oauth-client-nobody-may-see',
  secret: 'oauth-secret-nobody-may-see',
} as const;
const BASIC = Buffer.from(`${KEYS.client}:${KEYS.secret}`).toString('base64');

/** Lookups, pairs, an own API and OAuth with its Basic header, all in one app. */
async function everything() {
  const sparkfly = await fakeSparkfly({ identity: KEYS.identity, key: KEYS.next });
  const vendor = await acmeVendor();
  vendor.keys = () => [KEYS.appKey];
  const issued: string[] = [];
  const oauthServer = await startTokenServer((response, { url, headers }) => {
    const token = `oauth-token-${issued.length}-nobody-may-see`;
    if (url !== '/token') return json(response, headers.authorization === `Bearer ${issued.at(-1)}` ? 200 : 401, {});
    issued.push(token);
    json(response, 200, { access_token: token, token_type: 'Bearer', expires_in: 3_600 });
  });
  const oauth = oauth2ClientCredentials({ name: 'oauth', baseURL: oauthServer.origin, tokenURL: 'token' });
  const events: unknown[] = [];
  for (const level of ['log', 'warn', 'error', 'debug', 'verbose'] as const) {
    const spy = vi.spyOn(Logger.prototype, level).mockImplementation((...line: unknown[]) => void events.push(line));
    onTestFinished(() => spy.mockRestore());
  }
  const app = await startApp({
    prefetch: 'none',
    sparkfly: {
      baseURL: sparkfly.baseURL,
      accounts: { resolve: () => ({ identity: KEYS.identity, key: [KEYS.key, KEYS.next] as const }) },
    },
    apis: [
      accountsFor(acme, [
        { baseURL: vendor.baseURL, appId: 'fixed', appKey: KEYS.appKey },
        { baseURL: vendor.baseURL, accounts: { resolve: (id) => ({ appId: id, appKey: KEYS.appKey }) } },
      ]),
      accountsFor(oauth, { clientId: KEYS.client, clientSecret: async () => KEYS.secret }),
    ],
  });
  app.get(AuthApis).events$.subscribe((event) => events.push(event));
  const clients = [
    app.get(SparkflyClient).for('t-1'),
    app.get(SparkflyClient).for('t-1', { authScope: 'offers' }),
    acmeOf(app).client,
    acmeOf(app).client.for('t-1'),
    acmeOf(app).client.for('t-1', { region: 'eu' }),
    app.get(AuthApis).client(oauth),
  ];
  const paths = ['/offers', '/offers', '/x', '/x', '/x', '/x'];
  for (const [i, client] of clients.entries()) await firstValueFrom(client.get(paths[i]!));
  const secrets = (): string[] => [
    ...Object.values(KEYS),
    BASIC,
    ...sparkfly.tokensIssued,
    ...vendor.tokens.keys(),
    ...issued,
  ];
  return { app, clients, paths, events, secrets, vendor, sparkfly, oauthServer };
}

test('clients and views of all kinds, what hangs on them, and what an app can inject show no secret', async () => {
  const { app, clients, secrets } = await everything();
  expect(secrets()).toHaveLength(7 + 1 + 2 + 3 + 1);
  const shared = [app.get(SparkflyClient), app.get(AuthApis), app.get(TokenRefreshScheduler)];
  const registry = app.get(AuthApis);
  for (const client of clients) {
    for (const part of [client, client.axiosRef, client.authentication, client.tokens, client.tokens.status()])
      expectNoSecret(part, secrets());
    expectNoSecret(inspect(client.tokens.peek(), { showHidden: true, getters: true }), secrets());
  }
  for (const part of [...shared, registry.statuses(), app.get(OutboundAuthorizationInterceptor)])
    expectNoSecret(part, secrets());
  expectNoSecret(app.get(TokenRefreshScheduler).upcoming(), secrets());
});

test('the container, with the pool in it, shows no secret at any depth', async () => {
  const { app, secrets } = await everything();
  const shown = inspect(app, {
    depth: Infinity,
    showHidden: true,
    maxArrayLength: Infinity,
    maxStringLength: Infinity,
  });
  expect(shown).toContain('AuthApis');
  for (const secret of secrets()) expect(shown.includes(secret)).toBe(false);
});

test('events and log lines show no secret', async () => {
  const { events, clients, secrets, app } = await everything();
  for (const client of clients) await client.tokens.refresh();
  app.get(AuthApis).forget('sparkfly', 't-1');
  expect(events.length).toBeGreaterThan(20);
  expectNoSecret(events, secrets());
});

test('answers and errors of API calls by views show no secret', async () => {
  const { clients, paths, secrets, vendor, sparkfly } = await everything();
  for (const [i, client] of clients.entries()) {
    expectNoSecret(await firstValueFrom(client.get(paths[i]!)), echoless(secrets(), client.tokens.peek()?.value));
    expectNoSecret(await failureOf(client.get(paths[i]!, { timeout: 1, maxContentLength: 1 })), secrets());
  }
  vendor.deniesCalls = true;
  sparkfly.rejectNext(20);
  for (const [i, client] of clients.slice(0, 5).entries()) {
    const error = await failureOf(client.get(paths[i]!));
    expect(error.response?.status).toBe(401);
    expectNoSecret(error, secrets());
  }
});

/** Acme's answers say the token by themselves: that much is the API's own doing. */
const echoless = (secrets: string[], token: string | undefined): string[] =>
  secrets.filter((secret) => secret !== token);

test('errors of token requests show no secret, whatever the vendor says', async () => {
  const { clients, secrets, vendor, sparkfly, app } = await everything();
  vendor.intercept = ({ key }, response) => (json(response, 401, { reason: `got ${key}` }), true);
  sparkfly.failNext({ status: 401, times: 10, body: { error: `got ${KEYS.identity}, ${KEYS.next}` } });
  for (const client of clients.slice(0, 5)) {
    const error = await failureOf(client.tokens.refresh());
    expect(error).toMatchObject({ code: 'CREDENTIALS_REJECTED' });
    expectNoSecret(error, secrets());
    expectNoSecret(await failureOf(Promise.resolve(client.authentication).then((raw) => rawAuth(raw))), secrets());
  }
  expectNoSecret(app.get(AuthApis).statuses(), secrets());
});

function rawAuth(raw: object): Promise<unknown> {
  const { auth, postAuth } = raw as { auth?: () => Promise<unknown>; postAuth?: () => Promise<unknown> };
  return (auth ?? postAuth!).call(raw);
}

test.each([401, 400, 500])('OAuth’s Basic header is in no error of a %i that says it again', async (status) => {
  const server = await startTokenServer((response, { headers, body }) =>
    json(response, status, { error: String(headers.authorization), error_description: body }),
  );
  const oauth = oauth2ClientCredentials({ name: 'oauth', baseURL: server.origin, tokenURL: 'token' });
  const account = accountsFor(oauth, { clientId: KEYS.client, clientSecret: KEYS.secret });
  const app = await startApp({ prefetch: 'none', apis: [account] });
  const client = app.get(AuthApis).client(oauth);
  const secrets = [KEYS.client, KEYS.secret, BASIC];
  const error = await failureOf(client.tokens.refresh());
  expect(error).toMatchObject({ vendorStatus: status });
  expectNoSecret(error, secrets);
  expectNoSecret(await failureOf(client.authentication.auth()), secrets);
  expectNoSecret(client.tokens.status(), secrets);
});
