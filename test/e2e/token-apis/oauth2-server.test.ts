import { createRemoteJWKSet, jwtVerify } from 'jose';
import type { CredentialsRejectedError, OAuth2Api } from 'nestjs-auth-apis';
import { accountsFor, AuthApis, oauth2ClientCredentials } from 'nestjs-auth-apis';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { startApp } from '../../support/app.js';
import { expectNoSecret } from '../../support/leaks.js';
import type { OidcServer } from '../../support/oidc-server.js';
import { oidcServer, RESOURCE } from '../../support/oidc-server.js';
import { failureOf } from '../../support/outcome.js';
import { plainServer } from '../../support/plain-server.js';

const METHODS = ['client_secret_basic', 'client_secret_post'] as const;
const ID = 'acme-client';
const SECRET = 'acme-secret-0123456789-0123456789';

type Account = Exclude<
  Parameters<
    typeof accountsFor<
      'clientId' | 'clientSecret',
      'scope' | 'audience' | 'resource',
      never,
      OAuth2Api['settings'],
      unknown
    >
  >[1],
  unknown[]
>;

/** An app that speaks to a real authorization server, and to an API that asks that server about the token. */
async function oauthApp(server: OidcServer, account: Partial<Account> = {}) {
  const { ClientCredentials } = server.provider;
  const api = await plainServer((request, response) => {
    const [scheme, token = ''] = (request.headers.authorization ?? '').split(' ');
    void ClientCredentials.find(token).then((found) => {
      const isGood = scheme === 'Bearer' && found?.isValid === true;
      response.writeHead(isGood ? 200 : 401).end(JSON.stringify({ client: found?.clientId, scope: found?.scope }));
    });
  });
  const acme = oauth2ClientCredentials({ name: 'acme', baseURL: api.origin, tokenURL: `${server.origin}/token` });
  const credentials = { clientId: ID, clientSecret: SECRET, ...account };
  const app = await startApp({ prefetch: 'none', apis: [accountsFor(acme, credentials as Account)] });
  const client = app.get(AuthApis).client(acme);
  const life = async (): Promise<number> => {
    const { requestedAt, expiresAt } = await client.tokens.get();
    return expiresAt - requestedAt;
  };
  return { api, app, client, life };
}

test.each(METHODS)('a real authorization server takes %s, and an API its token', async (clientAuthentication) => {
  const server = await oidcServer([
    { client_id: ID, client_secret: SECRET, token_endpoint_auth_method: clientAuthentication },
  ]);
  const { client, life } = await oauthApp(server, { clientAuthentication });
  const { data } = await firstValueFrom(client.get<unknown>('/things'));
  expect(data).toEqual({ client: ID });
  expect(server.asks.map(({ status }) => status)).toEqual([200]);
  expect(server.asks[0]?.authorization === undefined).toBe(clientAuthentication === 'client_secret_post');
  expect(await life()).toBe(600_000);
});

test('client_secret_basic is what is spoken unless the account says otherwise', async () => {
  const server = await oidcServer([{ client_id: ID, client_secret: SECRET }]);
  const { client } = await oauthApp(server);
  await client.tokens.get();
  const basic = Buffer.from(`${ID}:${SECRET}`).toString('base64');
  expect(server.asks).toEqual([{ authorization: `Basic ${basic}`, status: 200 }]);
});

test.each(METHODS)('%s carries an id and a secret of special characters', async (clientAuthentication) => {
  const id = `id:of acme/+%25&="'`;
  const secret = `s3c:ret +%2B&=?#"'~!*()<>[]{}|^\\\`@,;/.-_$`;
  const server = await oidcServer([
    { client_id: id, client_secret: secret, token_endpoint_auth_method: clientAuthentication },
  ]);
  const { client } = await oauthApp(server, { clientId: id, clientSecret: secret, clientAuthentication });
  const { data } = await firstValueFrom(client.get<unknown>('/things'));
  expect(data).toEqual({ client: id });
  expect(server.asks.map(({ status }) => status)).toEqual([200]);
});

test('a scope is asked for and granted; another scope is another token of the same account', async () => {
  const server = await oidcServer([{ client_id: ID, client_secret: SECRET, scope: 'read write' }]);
  const { client } = await oauthApp(server, { scope: 'read' });
  const scopeOf = async (of: typeof client) => (await firstValueFrom(of.get<{ scope: string }>('/'))).data.scope;
  const writing = client.for({ scope: 'read write' });
  expect(await scopeOf(client)).toBe('read');
  expect(await scopeOf(writing)).toBe('read write');
  expect(await scopeOf(client)).toBe('read');
  expect(await scopeOf(client.for({ scope: 'read write' }))).toBe('read write');
  expect(server.asks).toHaveLength(2);
});

test('a scope that the client must not have is told in the words of the server', async () => {
  const server = await oidcServer([{ client_id: ID, client_secret: SECRET, scope: 'read' }]);
  const { client } = await oauthApp(server, { scope: 'admin' });
  const error = await failureOf<CredentialsRejectedError>(client.get('/'));
  expect(error).toMatchObject({ code: 'CREDENTIALS_REJECTED', vendorStatus: 400 });
  expect(error.error).toMatch(/^invalid_scope: /);
});

test.each(METHODS)(
  'a wrong secret by %s is a CredentialsRejectedError after one request',
  async (clientAuthentication) => {
    const server = await oidcServer([
      { client_id: ID, client_secret: `${SECRET}!`, token_endpoint_auth_method: clientAuthentication },
    ]);
    const { api, client, app } = await oauthApp(server, { clientAuthentication });
    const error = await failureOf<CredentialsRejectedError>(client.get('/'));
    expect(error).toMatchObject({
      name: 'CredentialsRejectedError',
      vendorStatus: 401,
      api: 'acme',
      error: 'invalid_client: client authentication failed',
    });
    await failureOf(client.get('/'));
    await failureOf(client.tokens.get());
    expect(server.asks.map(({ status }) => status)).toEqual([401]);
    expect(api.requests).toHaveLength(0);
    const basic = Buffer.from(`${ID}:${SECRET}`).toString('base64');
    expectNoSecret(error, [SECRET, basic]);
    expectNoSecret(app.get(AuthApis).statuses(), [SECRET, basic]);
  },
);

test('a resource that is asked for gets a JWT of its own life, for its own audience', async () => {
  const server = await oidcServer([{ client_id: ID, client_secret: SECRET, scope: 'read write' }], 'jwt');
  const { client, life, api } = await oauthApp(server, { resource: RESOURCE, scope: 'read' });
  api.answerWith((_, response) => response.end('{}'));
  await firstValueFrom(client.get('/'));
  const token = api.requests[0]?.headers.authorization?.replace(/^Bearer /, '') ?? '';
  const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(`${server.origin}/jwks`)));
  expect(payload).toMatchObject({ aud: RESOURCE, client_id: ID, scope: 'read', iss: server.origin });
  expect(Math.abs((await life()) - 120_000)).toBeLessThanOrEqual(1_000);
});

test('a token that the server has revoked is replaced, and the call replayed', async () => {
  const server = await oidcServer([{ client_id: ID, client_secret: SECRET }]);
  const { client, api } = await oauthApp(server);
  await firstValueFrom(client.get('/'));
  const { value } = await client.tokens.get();
  await (await server.provider.ClientCredentials.find(value))?.destroy();
  expect((await firstValueFrom(client.get('/'))).status).toBe(200);
  expect(api.requests).toHaveLength(3);
  expect(server.asks).toHaveLength(2);
});

test('twenty tenants of one authorization server, called a thousand times at once, are asked for once each, by their own ids', async () => {
  const ids = Array.from({ length: 20 }, (_, i) => `tenant-${i}`);
  const server = await oidcServer(ids.map((id) => ({ client_id: id, client_secret: `${SECRET}-of-${id}` })));
  const { ClientCredentials } = server.provider;
  const acme = oauth2ClientCredentials({ name: 'acme', baseURL: server.origin, tokenURL: 'token' });
  const resolve = (id: string) => ({ clientId: id, clientSecret: `${SECRET}-of-${id}` });
  const app = await startApp({ apis: [accountsFor(acme, { accounts: { resolve } })] });
  const client = app.get(AuthApis).client(acme);
  const tokens = await Promise.all(
    Array.from({ length: 1_000 }, (_, i) => client.for(ids[i % ids.length]!).tokens.get()),
  );
  expect(new Set(tokens.map(({ value }) => value)).size).toBe(ids.length);
  const found = await Promise.all(tokens.slice(0, ids.length).map(({ value }) => ClientCredentials.find(value)));
  expect(found.map((token) => token?.clientId)).toEqual(ids);
  expect(server.asks).toHaveLength(ids.length);
});
