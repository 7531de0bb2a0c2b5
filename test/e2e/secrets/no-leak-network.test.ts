import { Logger } from '@nestjs/common';
import type { INestApplicationContext } from '@nestjs/common';
import type { AxiosError, AxiosRequestConfig, LookupAddressEntry } from 'axios';
import type { AccountOptions, SparkflyClient, VerbitClient } from 'nestjs-auth-apis';
import { AuthApis } from 'nestjs-auth-apis';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Front } from '../../support/front.js';
import { frontedVendors, trusting } from '../../support/fronted-vendors.js';
import { everythingShown, expectNoSecret } from '../../support/leaks.js';
import { failureOf } from '../../support/outcome.js';
import { plainServer } from '../../support/plain-server.js';
import { proxyServer } from '../../support/proxy-server.js';

const PROXY_PASSWORD = 'password-for-the-proxy';
const HEADER_LINES = /x-auth-(token|identity|key)['"]?: |authorization['"]?: ['"]?bearer/i;

/** A way not to reach a vendor. */
interface Trouble {
  /** The origin, in place of the one where the vendor is, and the connection. */
  readonly origin: (at: Front) => string;
  readonly http: AxiosRequestConfig;
  /** It all works until this is called. */
  readonly begin?: () => unknown;
}

const here = async (): Promise<LookupAddressEntry> => ({ address: '127.0.0.1', family: 4 });
const nowhere = async (name: string): Promise<never> => {
  throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND', hostname: name });
};

async function proxied(): Promise<{ proxy: Awaited<ReturnType<typeof proxyServer>>; http: AxiosRequestConfig }> {
  const proxy = await proxyServer();
  const auth = { username: 'app', password: PROXY_PASSWORD };
  return { proxy, http: { proxy: { ...proxy.config, auth }, httpsAgent: trusting() } };
}

const troubles: [string, RegExp, () => Promise<Trouble>][] = [
  [
    'a name that cannot be resolved',
    /ENOTFOUND/,
    async () => ({ origin: () => 'https://api.vendor.invalid', http: { lookup: nowhere } }),
  ],
  [
    'a certificate that nobody vouches for',
    /DEPTH_ZERO_SELF_SIGNED_CERT/,
    async () => ({ origin: ({ https }) => https, http: {} }),
  ],
  [
    'a certificate of another name',
    /ERR_TLS_CERT_ALTNAME_INVALID/,
    async () => ({
      origin: ({ port }) => `https://other.localhost:${port}`,
      http: { lookup: here, httpsAgent: trusting() },
    }),
  ],
  [
    'no TLS where TLS should be',
    /EPROTO/,
    async () => {
      const { port } = await plainServer();
      return { origin: () => `https://127.0.0.1:${port}`, http: {} };
    },
  ],
  [
    'a proxy that wants another password',
    /ERR_BAD_REQUEST/,
    async () => {
      const { proxy, http } = await proxied();
      return { origin: ({ https }) => https, http, begin: () => proxy.refuseWith(407) };
    },
  ],
  [
    'a proxy that wants another password, on the way to plain http',
    /ERR_BAD_REQUEST/,
    async () => {
      const { proxy, http } = await proxied();
      return { origin: ({ http: plain }) => plain, http, begin: () => proxy.refuseWith(407) };
    },
  ],
  [
    'a proxy that has gone',
    /ECONNREFUSED/,
    async () => {
      const { proxy, http } = await proxied();
      return { origin: ({ https }) => https, http, begin: () => proxy.close() };
    },
  ],
];

const accountIn = (trouble: Trouble, at: Front, baseURL: string): AccountOptions => ({
  baseURL: trouble.origin(at) + new URL(baseURL).pathname,
  http: trouble.http,
});

/** What an operator sees of an app: Nest's log lines and the events. */
function seenOf(app: INestApplicationContext): unknown[] {
  const seen: unknown[] = [];
  const write = (...line: unknown[]): void => void seen.push(line);
  Logger.overrideLogger({ log: write, warn: write, error: write, debug: write });
  onTestFinished(() => Logger.overrideLogger(false));
  app.get(AuthApis).events$.subscribe((event) => seen.push(event));
  return seen;
}

const raw = ({ authentication }: VerbitClient | SparkflyClient): Promise<unknown> =>
  'auth' in authentication ? authentication.auth() : authentication.postAuth();

describe.each(frontedVendors)('%s', (_, __, start) => {
  test.each(troubles)('a call that meets %s shows no secret, and of the request where it went', async (...row) => {
    const [, says, prepare] = row;
    const trouble = await prepare();
    // The token is had without trouble, from where names and certificates do not matter.
    const { vendor, at, app, client, secrets } = await start({
      account: (given) => ({ ...accountIn(trouble, given.at, given.baseURL), tokenURL: given.vendor.tokenURL }),
    });
    const seen = seenOf(app);
    await client.tokens.get();
    await trouble.begin?.();
    const calls: Promise<AxiosError>[] = [
      failureOf(client.get('/echo?key=1')),
      failureOf(client.post('/echo', { a: 1 })),
      failureOf(client.get('/echo', { responseType: 'stream' })),
      failureOf(client.get('/echo', { maxRedirects: 0 })),
    ];
    for (const error of await Promise.all(calls)) {
      // Agents that the app passes in are outside the promise: Node keeps sockets in them.
      delete error.config!.httpsAgent;
      expect(error.code).toMatch(says);
      expect(error.request).toMatchObject({ host: new URL(trouble.origin(at)).host });
      expect(Object.keys(error.request as object).sort()).toEqual(['host', 'method', 'path']);
      expectNoSecret([error, error.cause, error.toJSON(), error.response?.request], secrets());
      expect(everythingShown(error)).not.toMatch(HEADER_LINES);
    }
    expect(vendor.tokensIssued).toHaveLength(1);
    expect(vendor.counters.apiRequests).toBe(0);
    expectNoSecret(seen, [...secrets(), PROXY_PASSWORD]);
  });

  test.each(troubles)('a token request that meets %s shows no secret, and nothing of axios', async (...row) => {
    const [, says, prepare] = row;
    const trouble = await prepare();
    const { vendor, app, client, secrets } = await start({
      account: ({ at, baseURL }) => accountIn(trouble, at, baseURL),
      options: { tokenWaitTimeoutMs: 100 },
    });
    const seen = seenOf(app);
    await trouble.begin?.();
    const errors = [
      await failureOf<Error>(client.tokens.refresh()),
      await failureOf<Error>(client.get('/echo')),
      await failureOf<Error>(raw(client)),
    ];
    for (const error of errors) {
      expect(error).toMatchObject({ code: expect.stringMatching(/^TOKEN_(REQUEST_FAILED|UNAVAILABLE)$/) as string });
      const shown = everythingShown(error);
      expect(shown).toMatch(says.source.startsWith('ERR_BAD') ? /answered 407/ : says);
      expect(shown).not.toMatch(HEADER_LINES);
      expectNoSecret(error, [...secrets(), PROXY_PASSWORD]);
      for (const part of [error, error.cause ?? {}]) {
        for (const name of ['config', 'request', 'response', 'toJSON']) expect(part).not.toHaveProperty(name);
      }
    }
    expect(vendor.requests).toHaveLength(0);
    expect(seen.length).toBeGreaterThan(2);
    expectNoSecret(seen, [...secrets(), PROXY_PASSWORD]);
  });

  test('with the fetch adapter a certificate that nobody vouches for shows nothing either', async () => {
    const { vendor, client, secrets } = await start({
      account: ({ vendor: { tokenURL } }) => ({ tokenURL, http: {} }),
    });
    const error = await failureOf(client.get('/echo', { adapter: 'fetch' }));
    expect(vendor.tokensIssued).toHaveLength(1);
    expect(everythingShown(error)).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
    expectNoSecret([error, error.cause], secrets());
  });
});
