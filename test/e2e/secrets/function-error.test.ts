import { Logger } from '@nestjs/common';
import { AuthApis, SparkflyClient } from 'nestjs-auth-apis';
import { expect, onTestFinished, test } from 'vitest';
import { startApp } from '../../support/app.js';
import { expectNoSecret } from '../../support/leaks.js';
import { failureOf } from '../../support/outcome.js';
import { fakeSparkfly, sparkflyAccount } from '../../support/vendors.js';

const KEY = 'key-that-nobody-may-see';

/** An error that says the key wherever an error can. */
function telling(): Error {
  const error = Object.assign(new Error(`no good: ${KEY}`, { cause: new Error(KEY) }), { code: KEY, key: KEY });
  error.name = KEY;
  return error;
}

class TellingError extends Error {
  static override readonly name = `${KEY}Error`;
  override readonly name = `${KEY}Error`;
  readonly code = `E_${KEY}`;
}

const functions: [string, () => string | Promise<string>][] = [
  [
    'throws an error named after it',
    () => {
      throw telling();
    },
  ],
  ['rejects with one', () => Promise.reject(telling())],
  ['rejects with one of a class named after it', () => Promise.reject(new TellingError(KEY))],
  ['rejects with several of them', () => Promise.reject(new AggregateError([telling(), telling()], KEY))],
  [
    'throws the key itself',
    () => {
      // oxlint-disable-next-line no-throw-literal
      throw KEY as unknown as Error;
    },
  ],
  ['gives it with a line break', () => `${KEY}\n`],
];

test.each(functions)(
  'a secret function that %s tells it nowhere: not in errors, events, states or logs',
  async (_, key) => {
    const vendor = await fakeSparkfly({ key: KEY });
    const options = { prefetch: 'none', tokenWaitTimeoutMs: 500 } as const;
    const app = await startApp({ ...options, sparkfly: sparkflyAccount(vendor, { key }) });
    const client = app.get(SparkflyClient);
    const said: unknown[] = [];
    const lines: unknown[] = [];
    const write = (...line: unknown[]): void => void lines.push(line);
    Logger.overrideLogger({ log: write, warn: write, error: write, debug: write, verbose: write, fatal: write });
    onTestFinished(() => Logger.overrideLogger(false));
    app.get(AuthApis).events$.subscribe((event) => said.push(event));

    const errors = [
      await failureOf<Error>(client.get('/offers')),
      await failureOf<Error>(client.tokens.refresh()),
      await failureOf<Error>(client.authentication.postAuth()),
    ];
    expect(errors.map(({ cause, ...error }) => [error, cause])).toEqual([
      [expect.objectContaining({ code: 'TOKEN_UNAVAILABLE' }), expect.objectContaining({ code: 'SECRET_UNAVAILABLE' })],
      [expect.objectContaining({ code: 'SECRET_UNAVAILABLE' }), undefined],
      [expect.objectContaining({ code: 'SECRET_UNAVAILABLE' }), undefined],
    ]);
    expect(errors[1]?.message).toContain('`key`');
    expect(said).toContainEqual(expect.objectContaining({ type: 'tokenRequestFailed' }));
    expect(lines.length).toBeGreaterThan(0);
    expectNoSecret([errors, said, lines, client.tokens.status()], [KEY]);
    expect(vendor.requests).toEqual([]);
  },
);
