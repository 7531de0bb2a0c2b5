import { ConsoleLogger, Logger } from '@nestjs/common';
import { HttpModule, HttpService } from '@nestjs/axios';
import { OutboundAuthorizationInterceptor } from 'nestjs-auth-apis';
import { expect, onTestFinished, test, vi } from 'vitest';
import { LogLine } from '../../../lib/module/log-line.js';
import { acmeApp, json, lookingUp, oneAccount } from '../../support/acme.js';
import { startApp } from '../../support/app.js';
import { failureOf, until } from '../../support/outcome.js';
import { fakeSparkfly, sparkflyAccount } from '../../support/vendors.js';

/** Line breaks, terminal escapes (also of one byte), direction marks, zero width, separators, half a pair. */
const STEERING = 'a\r\nb\u001b[31mc\u009b2Jd\u202ee\u200bf\u2028g\u2029h\ufeffi\u2066j\ud83dk';
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const LONG = 'x'.repeat(100_000);

/** What Nest's own logger writes, line by line, without the break at the end. */
function written(isJson = false): string[] {
  const lines: string[] = [];
  const keep = (chunk: unknown): boolean => lines.push(String(chunk).replace(/\n$/, '')) > 0;
  for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, 'write').mockImplementation(keep);
  Logger.overrideLogger(
    new ConsoleLogger({ colors: false, json: isJson, logLevels: ['debug', 'log', 'warn', 'error'] }),
  );
  onTestFinished(() => {
    vi.restoreAllMocks();
    Logger.overrideLogger(false);
  });
  return lines;
}

function expectPlain(lines: readonly string[]): void {
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) {
    expect(line).not.toMatch(UNPRINTABLE);
    expect(line.length).toBeLessThan(5_000);
  }
}

const nothing = () => undefined;

test.each([
  ['text', false],
  ['JSON', true],
])('what a vendor says is one line of bounded length: %s', async (_, isJson) => {
  const { vendor, client } = await acmeApp(oneAccount(), { tokenWaitTimeoutMs: 200 });
  const reason = `Müller 株式会社 ${STEERING}${LONG.slice(0, 10_000)}`;
  vendor.intercept = (_ask, response) => (json(response, 403, { reason }), true);
  const lines = written(isJson);
  const error = await failureOf<Error>(client.get('/x'));
  expect(vendor.asks).toHaveLength(1);
  await until(() => lines.length > 0);
  expectPlain([...lines, error.message]);
  expect(lines.join()).toContain('Müller 株式会社 a b [31mc 2Jd e f g h i j k');
});

test('an id of a dynamic account steers no line', async () => {
  const { client } = await acmeApp(lookingUp({ resolve: nothing }), { tokenWaitTimeoutMs: 200 });
  const lines = written();
  const errors = [
    await failureOf<Error>(client.get('/x', { authApis: { account: 'shop\u202e\u200b\u2066end' } })),
    await failureOf<Error>(client.get('/x', { authApis: { account: `shop${STEERING}` } })),
    await failureOf<Error>(client.get('/x', { authApis: { account: LONG } })),
  ];
  expectPlain([...lines, ...errors.map(({ message }) => message)]);
});

test('a name that no account has is quoted on one line, and not whole', async () => {
  const vendor = await fakeSparkfly();
  const app = await startApp(
    { prefetch: 'none', sparkfly: sparkflyAccount(vendor) },
    { imports: [HttpModule.register({})] },
  );
  const http = app.get(HttpService, { strict: false });
  app.get(OutboundAuthorizationInterceptor).attach(http);
  for (const account of [STEERING, LONG]) {
    const call = http.get(`${vendor.baseURL}/offers`, { authApis: { account } });
    const error = await failureOf<Error & { account?: string }>(call);
    expectPlain([error.message, String(error.account)]);
    expect(error.message).toMatch(
      /^the name or id of an account must be a string of one line|^the name or id of an account must not be longer than 256/,
    );
  }
  expect(vendor.requests).toHaveLength(0);
});

test('a parameter that no token has is quoted on one line', async () => {
  const { client } = await acmeApp(oneAccount());
  const call = async (name: string) =>
    client
      .for({ [name]: 'x' } as object)
      .get('/x')
      .toPromise();
  for (const name of [STEERING, LONG]) {
    const error = await failureOf<Error>(call(name));
    expectPlain(error.message.split('\n'));
    expect(error.message.split('\n')).toHaveLength(2);
  }
});

test('an origin of any length is a line of bounded length', async () => {
  const { client } = await acmeApp(oneAccount());
  const lines = written();
  await failureOf(client.get(`http://${LONG}.invalid/`));
  expectPlain(lines);
  expect(lines[0]!.length).toBeLessThan(1_000);
});

test('the message of a token store is one line of bounded length', async () => {
  const fail = async (): Promise<never> => {
    throw new Error(`${STEERING.replace(/[\r\n]/g, '')}${LONG}`);
  };
  const store = { acquire: fail, save: fail, release: fail };
  const { client } = await acmeApp(oneAccount(), { store });
  const lines = written();
  await client.tokens.get();
  await until(() => lines.some((line) => line.includes('token store')));
  expectPlain(lines);
});

test('a field of a log line steers no line', () => {
  const line = new LogLine(STEERING + LONG, { event: 'x', origin: STEERING, problem: LONG });
  expectPlain(Object.values(line as object).map(String));
});
