import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { FakeSparkfly, FakeVerbit } from 'nestjs-auth-apis/testing';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const SAMPLE = 'sample/01-quickstart';

/** Nothing of this machine's own settings, so that the sample sees only what a test gives it. */
const { PATH, HOME } = process.env;

beforeAll(async () => {
  const run = promisify(execFile);
  await run('npm', ['run', 'build'], { cwd: ROOT });
  await run('npx', ['tsc', '-p', SAMPLE], { cwd: ROOT });
}, 60_000);

/** The sample as a process of its own: what it prints, and how it ends. */
class Quickstart {
  readonly #process: ChildProcess;
  readonly ended: Promise<number | null>;
  output = '';

  constructor(env: Record<string, string> = {}) {
    this.#process = spawn(process.execPath, [`${SAMPLE}/dist/main.js`], {
      cwd: ROOT,
      env: { PATH, HOME, PORT: '0', ...env },
    });
    for (const stream of [this.#process.stdout!, this.#process.stderr!]) {
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
    this.ended = once(this.#process, 'close').then(([code]) => code as number | null);
    onTestFinished(() => void this.#process.kill('SIGKILL'));
  }

  /** Waits for a line; its first group, if it has one. */
  async line(pattern: RegExp, timeout = 5_000): Promise<string> {
    return vi.waitFor(
      () => {
        const found = pattern.exec(this.output);
        if (!found) throw new Error(`no ${pattern} in:\n${this.output}`);
        return found[1] ?? found[0];
      },
      { timeout, interval: 20 },
    );
  }

  url(): Promise<string> {
    return this.line(/Listening on (http:\S+)/);
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }
}

const call = async (url: string, method = 'GET') => {
  const response = await fetch(url, { method });
  return { status: response.status, headers: response.headers, body: await response.json() };
};

/** Both vendors, played by the test, and the environment that leads to them. */
async function vendorsOfOurOwn() {
  const verbit = await FakeVerbit.start({ apiKey: 'verbit-key-of-the-test' });
  const sparkfly = await FakeSparkfly.start({ identity: 'identity-of-the-test', key: 'sparkfly-key-of-the-test' });
  onTestFinished(() => verbit.close());
  onTestFinished(() => sparkfly.close());
  const env = {
    VERBIT_API_KEY: verbit.apiKey,
    VERBIT_BASE_URL: verbit.baseURL,
    SPARKFLY_IDENTITY: sparkfly.identity,
    SPARKFLY_KEY: sparkfly.key,
    SPARKFLY_BASE_URL: sparkfly.baseURL,
  };
  return { verbit, sparkfly, env };
}

describe('without credentials', () => {
  test('the life of the tokens can be watched: received, revoked, replayed, refreshed, stopped', async () => {
    const app = new Quickstart();
    const url = await app.url();
    await app.line(/verbit: token received, lives (?:7\.\d|8\.0) s; next refresh in [56]\.\d s/);
    await app.line(/sparkfly: token received, lives (?:11\.\d|12\.0) s; next refresh in [89]\.\d s/);

    await app.line(/Demo .*Act 1[^]*GET \/offers answered in[^]*GET \/orders\/7 answered in/);
    for (const api of ['sparkfly', 'verbit']) {
      await app.line(
        new RegExp(
          `Act 2[^]*${api}: the API refused the token[^]*${api}: a token is asked for[^]*` +
            `${api}: token received[^]*${api}: the call was repeated with another token and accepted`,
        ),
      );
    }
    await app.line(
      /Act 3[^]*\/health says ok: verbit failing, good until [^]*\/health says ok: verbit up, good until [^]*error_type="TOKEN_REQUEST_FAILED"} 2/,
      10_000,
    );
    // Nobody calls any more, and yet:
    await app.line(/The end\.[^]*verbit: a token is asked for[^]*verbit: token received/, 10_000);

    const page = await fetch(`${url}/auth-apis?part=script`); // there after a build
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8']);
    // A website whose name leads here.
    const [rebound] = (await once(get(`${url}/auth-apis`, { headers: { host: 'rebound.example' } }), 'response')) as [
      IncomingMessage,
    ];
    expect(rebound.resume().statusCode).toBe(403);
    const { body } = await call(`${url}/status`);
    expect(body).toMatchObject({
      accounts: [
        {
          api: 'verbit',
          state: 'fresh',
          counters: {
            tokenRequests: 6,
            tokensObtained: 4,
            tokenRequestFailures: 2,
            tokensRejected: 1,
            callsRetried: 1,
          },
        },
        { api: 'sparkfly', counters: { tokensRejected: 1, callsRetried: 1, tokenRequestFailures: 0 } },
      ],
    });
  }, 30_000);

  test('an outage of a vendor is seen in health, metrics and events, and calls go on', async () => {
    const app = new Quickstart();
    const url = await app.url();
    await app.line(/verbit: token received/);
    expect(await call(`${url}/demo/outage`, 'POST')).toMatchObject({ status: 200 });
    await app.line(/Tokens {3}verbit: POST .* answered 503 .*; next attempt in/);
    const { status, body } = await call(`${url}/health`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'ok',
      details: {
        'vendor-tokens': {
          status: 'up',
          accounts: [
            { api: 'verbit', health: 'failing', tokenUsableUntil: expect.any(String), error: { vendorStatus: 503 } },
            { api: 'sparkfly', health: 'up' },
          ],
        },
      },
    });
    expect(await call(`${url}/orders/7`)).toMatchObject({ status: 200 });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/auth_apis_token_count\{auth_apis_api="verbit",.*health="failing".*\} 1\n/);
    expect(metrics).toMatch(
      /auth_apis_token_request_duration_count\{auth_apis_api="verbit",.*error_type="TOKEN_REQUEST_FAILED".*\} [12]\n/,
    );
    await app.line(/recovered after [12] failed attempts?/);
  });

  test('the routes answer with what the vendors have, and tell what is planned', async () => {
    const app = new Quickstart();
    const url = await app.url();
    expect(await call(`${url}/offers`)).toMatchObject({ status: 200, body: [{ id: 101 }, { id: 102 }, { id: 103 }] });
    expect(await call(`${url}/orders/7`)).toMatchObject({ status: 200, body: { id: 7, name: 'Sample order 7' } });
    expect(await call(`${url}/status`)).toMatchObject({
      status: 200,
      body: {
        accounts: [
          { api: 'verbit', account: 'default', state: 'fresh' },
          { api: 'sparkfly', account: 'default', state: 'fresh' },
        ],
        upcoming: [
          { api: 'verbit', action: 'refresh' },
          { api: 'sparkfly', action: 'refresh' },
        ],
      },
    });
  });

  test('tokens can be revoked by a call, and the next call does not notice', async () => {
    const app = new Quickstart();
    const url = await app.url();
    await call(`${url}/orders/7`);
    expect(await call(`${url}/demo/revoke`, 'POST')).toMatchObject({ status: 200 });
    expect(await call(`${url}/orders/7`)).toMatchObject({ status: 200 });
    await app.line(/verbit: the call was repeated with another token and accepted/);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('%s stops it in good order, with nothing left open', async (signal) => {
    const app = new Quickstart();
    const url = await app.url();
    await call(`${url}/offers`); // leaves an idle connection behind
    const startedAt = performance.now();
    app.signal(signal);
    app.signal(signal); // npm passes a Ctrl-C on a second time
    expect(await app.ended).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(app.output).toMatch(/Stopped\.\n$/);
  });
});

describe('with credentials', () => {
  test('the vendors of the environment are called, no fake of its own is', async () => {
    const { verbit, sparkfly, env } = await vendorsOfOurOwn();
    const app = new Quickstart(env);
    const url = await app.url();
    expect(await call(`${url}/offers`)).toMatchObject({ status: 200 });
    expect(await call(`${url}/orders/7`)).toMatchObject({ status: 200 });
    expect(await call(`${url}/demo/revoke`, 'POST')).toMatchObject({ status: 404 });
    for (const vendor of [verbit, sparkfly]) {
      expect(vendor.counters).toMatchObject({ tokenRequests: 1, apiRequests: 1, apiUnauthorized: 0 });
    }
    expect(app.output).not.toContain('is a fake');
  });

  test('one vendor can be real while the other is a fake, and the demo leaves the real one alone', async () => {
    const { verbit, sparkfly, env } = await vendorsOfOurOwn();
    const app = new Quickstart({ VERBIT_API_KEY: env.VERBIT_API_KEY, VERBIT_BASE_URL: env.VERBIT_BASE_URL });
    await app.url();
    await app.line(/Sparkfly is a fake[^]*Act 1[^]*GET \/offers answered/);
    expect(app.output).toContain('Verbit is called with your API key');
    expect(app.output).not.toContain('/orders/7 answered');
    expect(verbit.counters).toMatchObject({ tokenRequests: 1, apiRequests: 0 });
    expect(sparkfly.counters).toMatchObject({ tokenRequests: 0 });
  });

  test("a vendor's failure becomes a fitting status, and no secret gets out", async () => {
    const { verbit, sparkfly, env } = await vendorsOfOurOwn();
    sparkfly.rotateKey('another-key');
    const app = new Quickstart(env);
    const url = await app.url();

    const unknown = await call(`${url}/orders/9999`);
    verbit.failNext({ on: 'api', status: 500 });
    const broken = await call(`${url}/orders/7`);
    const elsewhere = await call(`${url}/orders/..%2f`);
    const refused = await call(`${url}/offers`);
    expect(unknown).toMatchObject({ status: 404, body: { message: 'The vendor does not know it' } });
    expect(broken).toMatchObject({ status: 502, body: { message: 'The vendor answered 500' } });
    expect(elsewhere).toMatchObject({ status: 400 });
    expect(verbit.counters.apiRequests).toBe(2);
    expect(refused).toMatchObject({ status: 503, body: { code: 'CREDENTIALS_REJECTED' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);

    const shown = app.output + JSON.stringify([unknown, broken, elsewhere, refused]);
    for (const secret of [...verbit.tokensIssued, verbit.apiKey, env.SPARKFLY_KEY, env.SPARKFLY_IDENTITY]) {
      expect(shown).not.toContain(secret);
    }
  });
});

describe('what cannot work is said in plain words', () => {
  test.each([
    ['half of the Sparkfly credentials', { SPARKFLY_IDENTITY: 'me' }, /^SPARKFLY_KEY is missing: .*\n$/],
    ['the other half', { SPARKFLY_KEY: 'k' }, /^SPARKFLY_IDENTITY is missing: .*\n$/],
    [
      'an unknown contract',
      { VERBIT_CONTRACT: 'foo' },
      /^The options of AuthApisModule are not valid:\n  - verbit\.contract must be one of 'v0\.8', 'users'\n$/,
    ],
    ['a port that is none', { PORT: 'abc' }, /^PORT must be a number from 0 .*\n$/],
  ])('%s', async (_, env, message) => {
    const app = new Quickstart(env);
    expect(await app.ended).toBe(1);
    expect(app.output).toMatch(message);
  });

  test('a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const app = new Quickstart({ PORT: String(port) });
    expect(await app.ended).toBe(1);
    expect(app.output).toMatch(new RegExp(`^Port ${port} is taken: .*$`, 'm'));
    expect(app.output).not.toContain('    at ');
  });
});
