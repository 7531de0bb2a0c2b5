import type { InternalAxiosRequestConfig } from 'axios';
import axios from 'axios';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { describe, expect, test } from 'vitest';
import type { Abortable } from '../../../lib/common/light-abort.js';
import { CallerPatience, timeoutMsOf } from '../../../lib/interceptor/caller-patience.js';
import { errorOf, follow } from '../../support/token-source.js';

function patient(config: Partial<InternalAxiosRequestConfig>) {
  const clock = new ManualClock(0);
  return { clock, patience: new CallerPatience(config as InternalAxiosRequestConfig, axios, clock) };
}

/** Work that lasts until it is told to stop. */
const untilTold = (signal: Abortable): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('what is left of the timeout', () => {
  test('is not said while it is the whole, nor where there is none', () => {
    expect(patient({ timeout: 1_000 }).patience.timeout()).toBeUndefined();
    expect(patient({ timeout: 0 }).patience.timeout()).toBeUndefined();
    expect(patient({}).patience.timeout()).toBeUndefined();
  });

  test('is said with the words of the whole, and is never nothing', async () => {
    const { clock, patience } = patient({ timeout: 1_000 });
    await clock.advance(400);
    expect(patience.timeout()).toEqual({ timeout: 600, timeoutErrorMessage: 'timeout of 1000ms exceeded' });
    await clock.advance(600);
    expect(patience.timeout()).toMatchObject({ timeout: 1 });
  });

  test('is said with the words of the caller', async () => {
    const { clock, patience } = patient({ timeout: 1_000, timeoutErrorMessage: 'too slow' });
    await clock.advance(400);
    expect(patience.timeout()).toEqual({ timeout: 600, timeoutErrorMessage: 'too slow' });
  });
});

test.each([
  [1_000, 1_000],
  ['150ms', 150],
  [1.5, 1],
  [0.5, 1],
  [0, 0],
  [undefined, 0],
  ['soon', 0],
  [Infinity, 0],
])('a timeout of %s counts as %i ms', async (timeout, timeoutMs) => {
  const config = { timeout: timeout as number };
  expect(timeoutMsOf(config)).toBe(timeoutMs);
  const { clock, patience } = patient(config);
  const wait = follow(patience.while(untilTold), clock);
  await clock.advance(10_000);
  expect(wait.settled).toBe(timeoutMs > 0);
  if (timeoutMs === 0) expect(patience.timeout()).toBeUndefined();
});

test('a wait ends when the timeout does, counted from the start of the call', async () => {
  const { clock, patience } = patient({ timeout: 1_000 });
  await clock.advance(400);
  const wait = follow(patience.while(untilTold), clock);
  await clock.advance(599);
  expect(wait.settled).toBe(false);
  await clock.advance(1);
  expect(wait.error).toMatchObject({ code: 'ECONNABORTED', message: 'timeout of 1000ms exceeded' });
  expect(wait.error).toBeInstanceOf(axios.AxiosError);
});

test('a timeout has the clear code where the caller wants it', async () => {
  const transitional = { clarifyTimeoutError: true };
  const { clock, patience } = patient({ timeout: 1_000, transitional });
  const wait = follow(patience.while(untilTold));
  await clock.advance(1_000);
  expect(wait.error).toMatchObject({ code: 'ETIMEDOUT' });
});

test('a call that is cancelled by signal or token is not sent', () => {
  const config = { signal: AbortSignal.abort() };
  expect(() => patient(config).patience.throwIfCancelled()).toThrow(axios.CanceledError);
  const source = axios.CancelToken.source();
  const { patience } = patient({ cancelToken: source.token });
  expect(() => patience.throwIfCancelled()).not.toThrow();
  source.cancel('mine');
  expect(() => patience.throwIfCancelled()).toThrow('mine');
  expect(() => patient({}).patience.throwIfCancelled()).not.toThrow();
});

test('a wait ends with the caller’s signal, before or while it lasts, and leaves no listener', async () => {
  const aborted = patient({ signal: AbortSignal.abort() }).patience;
  expect(await errorOf(aborted.while(async (signal) => signal.throwIfAborted()))).toBeInstanceOf(axios.CanceledError);

  const controller = new AbortController();
  const listeners = new Set<unknown>();
  const signal = {
    aborted: false,
    addEventListener: (type: string, listener: () => void) => {
      listeners.add(type);
      controller.signal.addEventListener(type, listener);
    },
    removeEventListener: (type: string) => listeners.delete(type),
  };
  const { patience } = patient({ signal });
  const wait = follow(patience.while(untilTold));
  expect([...listeners]).toEqual(['abort']);
  controller.abort();
  await new Promise(setImmediate);
  expect(wait.error).toBeInstanceOf(axios.CanceledError);
  expect(listeners.size).toBe(0);
});

test('a wait ends with the caller’s cancel token, in the caller’s words', async () => {
  const source = axios.CancelToken.source();
  const wait = follow(patient({ cancelToken: source.token }).patience.while(untilTold));
  source.cancel('mine');
  await new Promise(setImmediate);
  expect(wait.error).toBeInstanceOf(axios.CanceledError);
  expect(wait.error).toMatchObject({ message: 'mine' });
});

test('a wait that is over leaves no timer', async () => {
  const { clock, patience } = patient({ timeout: 1_000 });
  expect(await patience.while(async () => 7)).toBe(7);
  expect(clock.pendingTimers).toBe(0);
});
