import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { describe, expect, test } from 'vitest';
import type { Env } from '../../support/cli.js';
import { ask, fakeSparkfly, fakeVerbit, folder, SPARKFLY_IDENTITY, VERBIT_KEY } from '../../support/cli.js';
import { plainServer } from '../../support/plain-server.js';

interface Account {
  readonly [field: string]: unknown;
  readonly problem?: {
    readonly kind: string;
    readonly message: string;
    readonly meaning: string;
    readonly remedy: string;
  };
}

/** What `check --json` says. */
async function checked(env: Env, args = ''): Promise<{ exitCode: number; accounts: Account[] }> {
  const { exitCode, out, err } = await ask(`check --json ${args}`, { env });
  expect(err).toBe('');
  const document = JSON.parse(out) as { exitCode: number; accounts: Account[] };
  expect(document.exitCode).toBe(exitCode);
  return document;
}

async function only(env: Env, args = ''): Promise<Account & { exitCode: number }> {
  const { exitCode, accounts } = await checked(env, args);
  expect(accounts).toHaveLength(1);
  return { ...accounts[0], exitCode };
}

/** A token that says these things of itself. */
function jwt(claims: object): string {
  const part = (fields: object): string => Buffer.from(JSON.stringify(fields)).toString('base64url');
  return `${part({ alg: 'HS256' })}.${part(claims)}.signature`;
}

/** A Verbit that hands out this token, whatever it is asked. */
async function answering(token: string, { sendDate = true } = {}): Promise<{ env: Env }> {
  const { origin } = await plainServer((_, response) => {
    response.sendDate = sendDate;
    response.end(JSON.stringify({ data: { token } }));
  });
  return { env: { VERBIT_API_KEY: VERBIT_KEY, VERBIT_BASE_URL: origin } };
}

describe('accounts that are accepted', () => {
  test('one token request each, and all that is known of it', async () => {
    const [{ verbit, env: verbitEnv }, { sparkfly, env: sparkflyEnv }] = [await fakeVerbit(), await fakeSparkfly()];
    const { exitCode, accounts } = await checked({ ...verbitEnv, ...sparkflyEnv });
    expect(exitCode).toBe(0);
    expect(accounts).toEqual([
      {
        api: 'verbit',
        account: 'default',
        outcome: 'accepted',
        reachable: true,
        accepted: true,
        contract: 'v0.8',
        requests: [{ method: 'POST', url: verbit.tokenURL, status: 200, durationMs: expect.any(Number) as number }],
        lifetime: { ms: 3_600_000, source: 'token', documentedMs: 3_600_000, differenceMs: 0 },
        tokenAgeMs: expect.any(Number) as number,
        clock: { differenceMs: expect.any(Number) as number, precisionMs: expect.any(Number) as number },
        origins: [new URL(verbit.baseURL).origin, 'https://orders.verbit.co', 'https://realtime.verbit.co'],
      },
      {
        api: 'sparkfly',
        account: 'default',
        outcome: 'accepted',
        reachable: true,
        accepted: true,
        contract: 'core',
        requests: [{ method: 'POST', url: sparkfly.tokenURL, status: 204, durationMs: expect.any(Number) as number }],
        lifetime: { ms: 86_400_000, source: 'documentation', documentedMs: 86_400_000, differenceMs: 0 },
        clock: { differenceMs: expect.any(Number) as number, precisionMs: expect.any(Number) as number },
        origins: [new URL(sparkfly.baseURL).origin],
      },
    ]);
    expect([verbit.counters.tokenRequests, sparkfly.counters.tokenRequests]).toEqual([1, 1]);
  });

  test('an API named is the only one asked', async () => {
    const [{ verbit, env: verbitEnv }, { sparkfly, env }] = [await fakeVerbit(), await fakeSparkfly()];
    expect(await only({ ...verbitEnv, ...env }, 'sparkfly')).toMatchObject({ api: 'sparkfly', exitCode: 0 });
    expect([verbit.counters.tokenRequests, sparkfly.counters.tokenRequests]).toEqual([0, 1]);
  });

  test('the contract that was spoken, and the further path that answered', async () => {
    const users = await fakeVerbit({ contract: 'users' });
    expect(await only({ ...users.env, VERBIT_CONTRACT: 'users' })).toMatchObject({
      contract: 'users',
      lifetime: { documentedMs: 86_400_000 },
    });
    const root = await fakeSparkfly({ authPath: 'root' });
    const { baseURL, tokenURL } = root.sparkfly;
    expect(await only(root.env)).toMatchObject({
      contract: 'core, root path',
      requests: [
        { url: `${baseURL}/auth`, status: 404 },
        { url: tokenURL, status: 204 },
      ],
    });
    const pos = await fakeSparkfly({ contract: 'pos' });
    expect(await only({ ...pos.env, SPARKFLY_ENVIRONMENT: 'pos-staging' })).toMatchObject({
      contract: 'pos',
      requests: [{ method: 'GET', url: pos.sparkfly.tokenURL }],
    });
  });

  test('a life that is shorter than documented, and a clock that is off', async () => {
    const clock = new ManualClock(Date.now() - 7_200_000);
    const { env } = await fakeVerbit({ tokenLifetimeMs: 600_000, clock });
    const account = await only(env);
    expect(account.lifetime).toEqual({
      ms: 600_000,
      source: 'token',
      documentedMs: 3_600_000,
      differenceMs: -3_000_000,
    });
    const { differenceMs } = account.clock as { differenceMs: number };
    expect(Math.abs(differenceMs + 7_200_000)).toBeLessThan(60_000);
    const { out } = await ask('check', { env });
    expect(out).toContain('10 min, documented 1 h');
    expect(out).toContain('2 h behind');
  });

  test('a clock that is told by the token alone, where the answer has no date', async () => {
    const tomorrow = Date.now() / 1_000 + 86_400;
    const { env } = await answering(jwt({ iat: tomorrow, exp: tomorrow + 3_600 }), { sendDate: false });
    const account = await only(env);
    expect(account).toMatchObject({ accepted: true, lifetime: { ms: 3_600_000, source: 'token' } });
    expect(account.tokenAgeMs).toBeUndefined();
    expect(Math.abs((account.clock as { differenceMs: number }).differenceMs - 86_400_000)).toBeLessThan(60_000);
  });

  test('a token that the vendor has had for a while', async () => {
    const now = Math.floor(Date.now() / 1_000);
    const { env } = await answering(jwt({ iat: now - 1_200, exp: now + 2_400 }));
    const { out } = await ask('check', { env });
    expect(out).toContain('issued 20 min before it came');
    expect(out).toContain('40 min, documented 1 h');
  });
});

describe('what goes wrong: its kind, whether it may pass, and what to do', () => {
  test.each([
    [
      'a wrong key',
      { status: 401 },
      1,
      'denied',
      'credentials',
      /^Compare SPARKFLY_IDENTITY and SPARKFLY_KEY with.* SPARKFLY_ENVIRONMENT is staging\./,
    ],
    ['a request it does not take', { status: 400 }, 1, 'denied', 'request', /SPARKFLY_AUTH_METHOD/],
    [
      'a firewall before it',
      { status: 403, body: '<!DOCTYPE html><h1>Forbidden</h1>' },
      1,
      'denied',
      'gateway',
      /address of this machine/,
    ],
    ['a wrong path', { status: 404 }, 1, 'denied', 'path', /SPARKFLY_BASE_URL and SPARKFLY_TOKEN_URL/],
    ['a status of no sort', { status: 418 }, 1, 'denied', 'request', /Compare/],
    ['too many requests', { status: 429, headers: { 'Retry-After': '120' } }, 3, 'unavailable', 'rate-limit', /Wait/],
    ['an outage', { status: 503 }, 3, 'unavailable', 'vendor-unavailable', /ask again/],
    ['a proxy that asks who one is', { status: 407 }, 1, 'denied', 'proxy', /password/],
    [
      'a login page',
      { status: 200, body: '\n<html><form></form></html>' },
      3,
      'unavailable',
      'html',
      /open the URL in a browser/,
    ],
    ['no change', { status: 304 }, 3, 'unavailable', 'no-token', /SPARKFLY_BASE_URL/],
    ['no token', { status: 200, body: {} }, 3, 'unavailable', 'no-token', /SPARKFLY_BASE_URL/],
    [
      'a redirect',
      { status: 302, headers: { Location: 'https://login.test/?key=1' } },
      3,
      'unavailable',
      'redirect',
      /if you trust it/,
    ],
    ['a cut connection', { action: 'reset' as const }, 3, 'unavailable', 'connection-lost', /may pass/],
    ['a cut answer', { action: 'truncate' as const }, 3, 'unavailable', 'connection-lost', /may pass/],
    ['too long an answer', { status: 200, body: 'x'.repeat(70_000) }, 3, 'unavailable', 'no-token', /host and path/],
  ])('%s', async (_, fault, exitCode, outcome, kind, remedy) => {
    const { sparkfly, env } = await fakeSparkfly();
    sparkfly.failNext(fault);
    const account = await only(env);
    expect(account).toMatchObject({ exitCode, outcome, accepted: false, problem: { kind } });
    expect(account.problem!.remedy).toMatch(remedy);
    expect(account.problem!.message).toContain('sparkfly: ');
    expect(sparkfly.counters.tokenRequests).toBe(1);
    expect(account.reachable).toBe(!('action' in fault && fault.action === 'reset'));
  });

  test('where a redirect leads is told without a query', async () => {
    const { sparkfly, env } = await fakeSparkfly();
    sparkfly.failNext({ status: 301, headers: { Location: 'https://user:pass@login.test/in?key=1#2' } });
    sparkfly.failNext({ status: 308, headers: { Location: '/v2/auth?key=1' } });
    sparkfly.failNext({ status: 302, headers: { Location: 'javascript:alert(1)' } });
    expect((await only(env)).problem!.meaning).toMatch(/^It leads to https:\/\/login\.test\/in; /);
    const there = `${new URL(sparkfly.baseURL).origin}/v2/auth`;
    expect((await only(env)).problem!.meaning).toMatch(`It leads to ${there}; `);
    expect((await only(env)).problem!.meaning).toMatch(/^It leads elsewhere; /);
  });

  test('how long the vendor wants to be left alone', async () => {
    const { sparkfly, env } = await fakeSparkfly();
    sparkfly.failNext({ status: 429, headers: { 'Retry-After': '120' }, times: 2 });
    expect((await only(env)).problem).toMatchObject({ retryAfterMs: 120_000 });
    expect((await ask('check', { env })).out).toContain('The vendor asks to wait 2 min.');
  });

  test('for Verbit the other contract and the other environment are named', async () => {
    const { verbit, env } = await fakeVerbit();
    verbit.failNext({ status: 401 });
    verbit.failNext({ status: 404 });
    const remedies = [(await only(env)).problem!.remedy, (await only(env)).problem!.remedy];
    expect(remedies[0]).toBe(
      'Compare VERBIT_API_KEY with what the vendor issued. A sandbox key is another one: VERBIT_ENVIRONMENT is production.',
    );
    expect(remedies[1]).toContain('VERBIT_CONTRACT is v0.8; some accounts speak users.');
  });

  test('nobody listens', async () => {
    const { sparkfly, env } = await fakeSparkfly();
    await sparkfly.close();
    // Plain http to this machine takes no proxy.
    const account = await only({ ...env, HTTP_PROXY: 'http://proxy.test:3128' });
    expect(account).toMatchObject({ exitCode: 3, reachable: false, problem: { kind: 'connection-refused' } });
    expect(account.problem!.remedy).not.toContain('proxy');
  });

  test('a name that nobody knows, and the proxy that a company may have', async () => {
    const env = { VERBIT_API_KEY: VERBIT_KEY, VERBIT_BASE_URL: 'https://verbit.invalid' };
    const account = await only(env);
    expect(account).toMatchObject({ exitCode: 3, reachable: false, problem: { kind: 'dns' } });
    expect(account.problem!.remedy).toMatch(/Behind a company’s proxy, set HTTPS_PROXY\.$/);
  });

  test('the variable of the proxy is named, its URL is not', async () => {
    const env = { VERBIT_API_KEY: VERBIT_KEY, VERBIT_BASE_URL: 'https://verbit.invalid' };
    const proxied = await only({ ...env, HTTPS_PROXY: 'http://user:hunter2@proxy.test:3128' });
    expect(proxied.problem!.remedy).toMatch(/The way leads through the proxy of HTTPS_PROXY: it may be the reason\.$/);
    expect(JSON.stringify(proxied)).not.toContain('hunter2');
  });

  test('plain http where TLS is spoken to', async () => {
    const { origin } = await plainServer();
    const env = { VERBIT_API_KEY: VERBIT_KEY, VERBIT_BASE_URL: origin.replace('http:', 'https:') };
    expect(await only(env)).toMatchObject({ exitCode: 3, problem: { kind: 'tls' } });
  });

  test('nobody answers in time, and others are not held up', async () => {
    const [{ verbit, env: verbitEnv }, { sparkfly, env }] = [await fakeVerbit(), await fakeSparkfly()];
    verbit.failNext({ action: 'hang' });
    const { exitCode, accounts } = await checked({ ...verbitEnv, ...env }, '--timeout=0.4');
    expect(exitCode).toBe(3);
    expect(accounts[0]).toMatchObject({
      reachable: false,
      problem: { kind: 'timeout', message: 'verbit: no answer from the token endpoint within 400 ms' },
    });
    expect(accounts[1]).toMatchObject({ accepted: true });
    expect([verbit.counters.tokenRequests, sparkfly.counters.tokenRequests]).toEqual([1, 1]);
  });

  test('a token that has ended already', async () => {
    const { env } = await answering(jwt({ iat: 1_000, exp: 2_000 }));
    expect(await only(env)).toMatchObject({
      exitCode: 3,
      accepted: false,
      problem: { kind: 'expired-token' },
    });
  });

  test('of several the one that is furthest from mending itself decides', async () => {
    const [{ verbit, env: verbitEnv }, { sparkfly, env }] = [await fakeVerbit(), await fakeSparkfly()];
    verbit.failNext({ status: 503 });
    sparkfly.failNext({ status: 401 });
    expect((await checked({ ...verbitEnv, ...env })).exitCode).toBe(1);
    verbit.failNext({ status: 503 });
    expect((await checked({ ...verbitEnv, ...env })).exitCode).toBe(3);
  });
});

describe('what cannot be asked', () => {
  test('options that the module would refuse are told by their variables', async () => {
    const env = { VERBIT_API_KEY: VERBIT_KEY, VERBIT_CONTRACT: 'v9', SPARKFLY_IDENTITY, SPARKFLY_KEY: 'a\nb' };
    const { exitCode, out, err } = await ask('check', { env });
    expect([exitCode, out]).toEqual([2, '']);
    expect(err).toMatch(
      /^The accounts cannot work:\n {2}- VERBIT_CONTRACT must be .*\n {2}- SPARKFLY_KEY contains a line break/,
    );
    const { out: json } = await ask('check --json', { env });
    expect(JSON.parse(json)).toEqual({ exitCode: 2, error: { kind: 'configuration', message: err.trimEnd() } });
  });

  test('what variables cannot say is told with where it can be said', async () => {
    const env = {
      VERBIT_API_KEY: VERBIT_KEY,
      VERBIT_BASE_URL: 'http://verbit.test',
      SPARKFLY_IDENTITY,
      SPARKFLY_KEY: ' a',
    };
    const { err } = await ask('check', { env });
    expect(err).toContain('for a trusted network set `allowInsecure: true` (with --config)\n');
    expect(err).toContain('or a function that returns it (with --config)\n');
    const cwd = await folder({ 'own.mjs': `export default ${JSON.stringify({ verbit: { apiKey: ' a' } })}` });
    expect((await ask('check --config own.mjs', { cwd })).err).toMatch(/or a function that returns it\n$/);
  });

  test.each([
    [
      'check',
      {},
      /^No vendor is configured\. Set VERBIT_API_KEY.* nestjs-auth-apis check --help lists all variables\.\n$/,
    ],
    ['check', { SPARKFLY_KEY: 'x' }, /^SPARKFLY_IDENTITY is missing/],
    [
      'check sparkfy',
      { SPARKFLY_KEY: 'x', SPARKFLY_IDENTITY: 'y' },
      /^No account of "sparkfy" is configured\. Did you mean sparkfly\?/,
    ],
    [
      'check sparkfly --account=east',
      { SPARKFLY_KEY: 'x', SPARKFLY_IDENTITY: 'y' },
      /^There is no account "east"\. There is default\./,
    ],
    ['check --dotenv=staging.env', {}, /^staging\.env cannot be read: there is no such file\./],
    ['check --demo --config=x.js', {}, /^--demo has accounts of its own/],
    ['', {}, /^nestjs-auth-apis <command>/],
    ['chekc', {}, /^There is no command "chekc"\. Did you mean check\?[^]*--help tells more\.\n$/],
  ])('%s', async (args, env, message) => {
    const { exitCode, out, err } = await ask(args, { env });
    expect([exitCode, out]).toEqual([2, '']);
    expect(err).toMatch(message);
  });
});

test('--json without a command is a document too', async () => {
  const { exitCode, out, err } = await ask('--json');
  expect([exitCode, err]).toEqual([2, '']);
  expect(JSON.parse(out)).toMatchObject({ exitCode: 2, error: { kind: 'usage' } });
});

describe('a .env', () => {
  test('is read where there is one, and the environment wins', async () => {
    const { sparkfly, env } = await fakeSparkfly();
    const text = Object.entries(env).map(([name, value]) => `${name}="${value}"\n`);
    const cwd = await folder({ '.env': `# accounts\n${text.join('')}`, 'wrong.env': 'SPARKFLY_KEY=wrong\n' });
    const own: Env = {};
    expect(await ask('check', { cwd, env: own })).toMatchObject({ exitCode: 0 });
    expect(own.SPARKFLY_KEY).toBe(env.SPARKFLY_KEY);
    expect(await ask('check', { cwd, env: { SPARKFLY_KEY: 'wrong' } })).toMatchObject({ exitCode: 1 });
    expect(await ask('check', { cwd, env: { SPARKFLY_KEY: '' } })).toMatchObject({ exitCode: 0 }); // as if not set
    expect(await ask('check --dotenv=wrong.env', { cwd, env: { ...env } })).toMatchObject({ exitCode: 0 });
    expect(sparkfly.counters.tokenRequests).toBe(4);
  });
});

test('a .env as editors of Windows write it', async () => {
  const { env } = await fakeSparkfly();
  const lines = Object.entries({ ...env, SPARKFLY_AUTH_SCOPE: "'C:\\new\\temp'" }).map((entry) => entry.join('='));
  const cwd = await folder({ '.env': `\uFEFF${lines.join('\r\n')}\r\n`, 'wide.env': '' });
  const own: Env = {};
  expect(await ask('check', { cwd, env: own })).toMatchObject({ exitCode: 0 });
  expect(own).toEqual({ ...env, SPARKFLY_AUTH_SCOPE: 'C:\\new\\temp' });
  await writeFile(join(cwd, 'wide.env'), `\uFEFF${lines.join('\r\n')}`, 'utf16le');
  const told = await ask('check --dotenv=wide.env', { cwd });
  expect(told).toEqual({ exitCode: 2, out: '', err: 'wide.env is UTF-16: save it as UTF-8.\n' });
});

test('--demo needs no environment, reads none, and stops what it starts', async () => {
  const cwd = await folder({ '.env': 'VERBIT_CONTRACT=rubbish\n' });
  const { exitCode, out, err } = await ask('check --demo', { cwd, env: { SPARKFLY_KEY: 'half a pair' } });
  expect([exitCode, err]).toEqual([0, '']);
  expect(out).toMatch(/\n2 of 2 accepted\.\n$/);
  const [origin] = /http:\/\/127\.0\.0\.1:\d+/.exec(out)!;
  await expect(fetch(origin)).rejects.toThrow();
});

test('help and version need nothing', async () => {
  const { version } = (await import('../../../package.json', { with: { type: 'json' } })).default;
  expect(await ask('--version')).toEqual({ exitCode: 0, out: `${version}\n`, err: '' });
  for (const args of ['--help', 'check --help', 'token -h', 'help token']) {
    expect(await ask(args)).toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(/^nestjs-auth-apis /) as string,
      err: '',
    });
  }
});
