import { diag, DiagLogLevel } from '@opentelemetry/api';
import { expect, onTestFinished, test } from 'vitest';
import { safely, whenEnded } from '../../../lib/opentelemetry/safely.js';

const fail = (): never => {
  throw new Error('broken');
};

test('what throws is told to OpenTelemetry’s own log, and to nobody else', async () => {
  const told: unknown[] = [];
  const ignore = (): void => {};
  const logger = {
    error: (...what: unknown[]) => told.push(what),
    warn: ignore,
    info: ignore,
    debug: ignore,
    verbose: ignore,
  };
  diag.setLogger(logger, DiagLogLevel.ERROR);
  onTestFinished(() => diag.disable());
  expect(safely(fail)).toBeUndefined();
  expect(safely(() => 7)).toBe(7);
  whenEnded(Promise.resolve(1), fail);
  whenEnded(Promise.reject(new Error('its own')), fail);
  await new Promise(setImmediate);
  expect(told).toHaveLength(3);
});

test('how something ends is told, a rejection with nothing too', async () => {
  const told: unknown[] = [];
  const error = new Error('its own');
  for (const outcome of [Promise.resolve(1), Promise.reject(error), Promise.reject()])
    whenEnded(outcome, (...how) => told.push(how));
  await new Promise(setImmediate);
  expect(told).toEqual([[undefined, 1], [error], [new Error('rejected with nothing')]]);
});
