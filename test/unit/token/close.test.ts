// Covers `lib/token/token-cache.ts`: shutdown.
import { AuthApisClosedError } from 'nestjs-auth-apis';
import { expect, test } from 'vitest';
import {
  errorOf,
  follow,
  hangs,
  HOUR,
  MINUTE,
  refuses,
  SECOND,
  setUp,
  setUpWithToken,
  troubled,
} from '../../support/token-source.js';

test('whoever still waits when the cache closes gets AuthApisClosedError at once', async () => {
  const { clock, source, tokens } = setUp();
  const held = source.hold();
  const calls = [follow(tokens.get()), follow(tokens.get()), follow(tokens.refresh())];
  await clock.advance(SECOND);
  tokens.close();
  await clock.advance(0);
  expect(calls.every((call) => call.error instanceof AuthApisClosedError)).toBe(true);
  expect(held.signal?.aborted).toBe(true);
  expect(clock.pendingTimers).toBe(0);
});

test('a call of refresh() gets AuthApisClosedError also when the source reports its abort in its own words', async () => {
  const { clock, source, tokens } = setUp();
  source.next(
    (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('the secret was not read')))),
  );
  const call = follow(tokens.refresh());
  await clock.advance(0);
  tokens.close();
  await clock.advance(0);
  expect(call.error).toMatchObject({ code: 'CLOSED' });
});

test('a caller between two attempts gets AuthApisClosedError', async () => {
  const { clock, source, tokens } = setUp();
  source.next(troubled());
  const call = follow(tokens.get());
  await clock.advance(500);
  tokens.close();
  await clock.advance(MINUTE);
  expect(call.error).toMatchObject({ code: 'CLOSED' });
  expect(source.requests).toBe(1);
});

test.each([
  { outcome: 'changed', answer: true },
  { outcome: 'unchanged', answer: false },
])('a caller who waits for a secret to be read gets AuthApisClosedError when it is $outcome', async ({ answer }) => {
  const { clock, source, tokens } = setUp();
  source.always(refuses());
  let read!: (isChanged: boolean) => void;
  source.credentialsChanged = () => new Promise((resolve) => (read = resolve));
  await errorOf(tokens.refresh());
  const call = follow(tokens.get());
  await clock.advance(0);
  tokens.close();
  read(answer);
  await new Promise((resolve) => setImmediate(resolve));
  expect(call.error).toMatchObject({ code: 'CLOSED' });
  expect(clock.pendingTimers).toBe(0);
});

test('a caller who waits for a secret that hangs gets AuthApisClosedError without waiting for it', async () => {
  const { clock, source, tokens } = setUp();
  source.always(refuses());
  source.credentialsChanged = () => new Promise(() => {});
  await errorOf(tokens.refresh());
  const call = follow(tokens.get());
  await clock.advance(0);
  tokens.close();
  await clock.advance(SECOND);
  expect(call.error).toMatchObject({ code: 'CLOSED' });
});

test('a closed cache serves the living token to its end and asks nobody', async () => {
  const { clock, source, tokens } = await setUpWithToken();
  tokens.close();
  for (const ms of [0, 45 * MINUTE, 14 * MINUTE + 50 * SECOND]) {
    await clock.advance(ms);
    expect(tokens.take()?.value).toBe('token-1');
    expect((await tokens.get()).value).toBe('token-1');
    expect((await tokens.get({ minRemainingMs: 2 * HOUR })).value).toBe('token-1');
  }
  await clock.advance(MINUTE);
  expect(await errorOf(tokens.get())).toMatchObject({ code: 'CLOSED' });
  expect(await errorOf(tokens.refresh())).toMatchObject({ code: 'CLOSED' });
  expect(source.requests).toBe(1);
});

test('a caller who waits with an expiring token gets it when the cache closes', async () => {
  const { clock, source, tokens } = await setUpWithToken();
  source.always(hangs());
  await clock.advance(HOUR - 10 * SECOND);
  const call = follow(tokens.get());
  await clock.advance(SECOND);
  tokens.close();
  await clock.advance(0);
  expect(call.value?.value).toBe('token-1');
});

test('closing twice is closing once, and the status says so', async () => {
  const { tokens, events } = await setUpWithToken();
  tokens.close();
  tokens.close();
  expect(events.filter(({ type }) => type === 'tokenCacheClosed')).toHaveLength(1);
  expect(tokens.status().state).toBe('closed');
  expect(tokens.due()).toBeUndefined();
});

test('an answer that comes after the close changes nothing', async () => {
  const { clock, source, tokens, events } = setUp();
  const held = source.hold();
  const call = follow(tokens.get());
  await clock.advance(0);
  tokens.close();
  await clock.advance(SECOND);
  held.give('late');
  await clock.advance(0);
  expect(call.error).toMatchObject({ code: 'CLOSED' });
  expect(tokens.peek()).toBeUndefined();
  expect(events.at(-1)?.type).toBe('tokenCacheClosed');
});
