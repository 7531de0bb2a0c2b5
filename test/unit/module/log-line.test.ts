import { ConsoleLogger } from '@nestjs/common';
import type { AuthApisEvent } from 'nestjs-auth-apis';
import { expect, test, vi } from 'vitest';
import { callLog, tokenLog } from '../../support/token-log.js';

const AT = Date.UTC(2026, 0, 15, 3, 0, 0);

const failed: AuthApisEvent = {
  type: 'tokenRequestFailed',
  api: 'sparkfly',
  account: 'east',
  at: AT,
  error: { code: 'TOKEN_REQUEST_FAILED', message: 'sparkfly "east": POST host/auth answered 503', vendorStatus: 503 },
  failures: 1,
  failingSince: AT,
  nextAttemptAt: AT + 2_500,
};

/** What Nest's logger prints for an event. */
function printed(logger: ConsoleLogger, event: AuthApisEvent): string {
  const chunks: string[] = [];
  const keep = (chunk: unknown): boolean => chunks.push(String(chunk)) > 0;
  const spies = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockImplementation(keep));
  try {
    tokenLog(logger).write(event);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return chunks.join('');
}

test('a text logger prints the sentence, on one line, and nothing else', () => {
  const text = printed(new ConsoleLogger('AuthApis', { colors: false }), failed);
  expect(text).toMatch(
    /ERROR \[AuthApis\] sparkfly "east": POST host\/auth answered 503\. Meaning: .* until it works( \+\d+ms)?\n$/,
  );
  expect(text.trimEnd()).not.toContain('\n');
});

test('a JSON logger gets the sentence and the fields of the event', () => {
  const line: unknown = JSON.parse(printed(new ConsoleLogger('AuthApis', { json: true }), failed));
  const { type, ...fields } = failed;
  expect(line).toMatchObject({
    level: 'error',
    context: 'AuthApis',
    message: { message: expect.stringMatching(/^sparkfly "east": .*next attempt in 2.5 s/), event: type, ...fields },
  });
});

test('loggers that know only strings get the sentence, those that take objects apart its fields', () => {
  const lines: unknown[] = [];
  const log = (line: unknown): void => void lines.push(line);
  const logger = { log, warn: log, error: log, debug: log };
  const told = tokenLog(logger);
  told.write({ type: 'storeUnavailable', problem: 'no connection', api: 'store', account: 'default', at: AT });
  callLog(logger).originNotAllowed({ api: 'verbit', account: 'default' }, 'https://elsewhere.test');
  expect(String(lines[0])).toMatch(/^the token store cannot be had \(no connection\)/);
  expect({ ...(lines[0] as object) }).toMatchObject({ event: 'storeUnavailable', problem: 'no connection', at: AT });
  expect({ ...(lines[1] as object) }).toEqual({
    message: String(lines[1]),
    event: 'originNotAllowed',
    api: 'verbit',
    account: 'default',
    origin: 'https://elsewhere.test',
  });
});

test('a logger that takes nothing but strings gets the sentence', () => {
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line.trimEnd());
  const logger = { log, warn: log, error: log, debug: log };
  const told = tokenLog(logger);
  told.write(failed);
  callLog(logger).originNotAllowed({ api: 'verbit', account: 'default' }, 'https://elsewhere.test');
  expect(lines).toEqual([
    expect.stringMatching(/^sparkfly "east": POST host\/auth answered 503\. Meaning: /),
    expect.stringMatching(/^verbit: calls to https:\/\/elsewhere\.test carry no token/),
  ]);
});

test('a logger that fails fails neither the event nor the call that there is a line about', () => {
  const log = vi.fn(() => {
    throw new Error('no space left on device');
  });
  const logger = { log, warn: log, error: log, debug: log };
  const told = tokenLog(logger);
  told.write(failed);
  callLog(logger).originNotAllowed({ api: 'verbit', account: 'default' }, 'https://elsewhere.test');
  expect(log).toHaveBeenCalledTimes(4);
});
