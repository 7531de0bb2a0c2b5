// Covers `lib/token/token-cache.ts`: accounts that nobody uses for a while.
import { isCredentialsRejectedError } from 'nestjs-auth-apis';
import { expect, test } from 'vitest';
import { TokenReplacement } from '../../../lib/token/token-replacement.js';
import {
  errorOf,
  follow,
  gives,
  hangs,
  HOUR,
  MINUTE,
  refuses,
  SECOND,
  setUp,
  setUpWithToken,
  troubled,
} from '../../support/token-source.js';

const TEN_MINUTES = 10 * MINUTE;

test('trouble that nobody pursued says nothing about now: a call much later waits for its attempt', async () => {
  const { clock, source, tokens } = setUp();
  source.next(troubled());
  await errorOf(tokens.refresh());
  await clock.advance(MINUTE);
  const held = source.hold();
  const call = follow(tokens.get());
  await clock.advance(4 * SECOND);
  expect(call.settled).toBe(false);
  held.give('back');
  await clock.advance(0);
  expect(call.value?.value).toBe('back');
});

test.each([
  [1_999, 10_000],
  [2_000, 12_000],
])('a call %d ms after a failure whose retry is due after a second gives up at %d ms', async (calledAt, endsAt) => {
  const { clock, source, tokens } = setUp({ tokenRequestTimeoutMs: 30 * SECOND });
  source.next(troubled()).always(hangs());
  await errorOf(tokens.refresh());
  await clock.advance(calledAt);
  const call = follow(tokens.get(), clock);
  await clock.advance(MINUTE);
  expect(call.at).toBe(endsAt);
});

test('trouble that nobody pursued still counts: the pause after the next failure is the longer one', async () => {
  const { clock, source, tokens, events } = setUp();
  source.always(troubled());
  await errorOf(tokens.refresh());
  await clock.advance(MINUTE);
  const call = follow(tokens.get());
  await clock.advance(0);
  expect(events.at(-1)).toMatchObject({
    type: 'tokenRequestFailed',
    failures: 2,
    nextAttemptAt: clock.wallNow() + 2 * SECOND,
  });
  await clock.advance(MINUTE);
  expect(call.settled).toBe(true);
});

test('nobody is asked for callers who have just given up', async () => {
  const { clock, source, tokens } = setUp({ tokenWaitTimeoutMs: SECOND });
  source.always(troubled());
  const call = follow(tokens.get());
  await clock.advance(MINUTE);
  expect(call.settled).toBe(true);
  expect(source.requests).toBe(1);
});

test('a caller without any patience gets the expiring token at once', async () => {
  const { clock, source, tokens } = setUp({ tokenWaitTimeoutMs: 0 });
  source.next(gives(TEN_MINUTES));
  await tokens.refresh();
  await clock.advance(TEN_MINUTES - SECOND);
  source.always(hangs());
  expect((await tokens.get()).value).toBe('token-1');
});

/** A token that was handed out again when 1,020 ms of its life were left; it counts as expiring for the last 51. */
async function setUpAgain() {
  const setup = await setUpWithToken(TEN_MINUTES);
  const { clock, source, tokens } = setup;
  source.next(gives(TEN_MINUTES, 'token-1'));
  await clock.advance(TEN_MINUTES - 1_020);
  expect((await tokens.get()).value).toBe('token-1');
  await clock.advance(970);
  expect(tokens.status().state).toBe('expiring');
  return setup;
}

test('an expiring token that was handed out twice is served without a wait until the vendor may be asked again', async () => {
  const { clock, source, tokens } = await setUpAgain();
  expect(tokens.take()?.value).toBe('token-1');
  await clock.advance(29);
  expect(tokens.take()?.value).toBe('token-1');
  expect(source.requests).toBe(2);
  await clock.advance(1);
  expect(tokens.take()).toBeUndefined();
  expect(source.requests).toBe(3);
});

test('a refresh by hand is worth waiting for also with an expiring token that was handed out twice', async () => {
  const { source, tokens } = await setUpAgain();
  const held = source.hold();
  const refreshed = tokens.refresh();
  const call = follow(tokens.get());
  held.give('another');
  await refreshed;
  expect(call.value?.value).toBe('another');
});

test('a life longer than any token has is asked for once a second at the most', async () => {
  const { clock, source, tokens } = await setUpWithToken();
  await tokens.get({ minRemainingMs: 2 * HOUR });
  await clock.advance(999);
  await tokens.get({ minRemainingMs: 2 * HOUR });
  expect(source.requests).toBe(2);
  await clock.advance(1);
  await tokens.get({ minRemainingMs: 2 * HOUR });
  expect(source.requests).toBe(3);
});

test('a late answer leaves the attempt under way alone: a refresh joins it', async () => {
  const { clock, source, tokens } = setUp();
  const first = source.hold();
  const second = source.hold();
  const call = follow(tokens.get());
  await clock.advance(6 * SECOND);
  first.give('late');
  await clock.advance(0);
  expect(call.value?.value).toBe('late');
  const refreshed = tokens.refresh();
  second.give('newer');
  expect((await refreshed).value).toBe('newer');
  expect(source.requests).toBe(2);
});

test('a sleep is noticed whenever the token came', async () => {
  const { clock, tokens } = setUp();
  await clock.advance(TEN_MINUTES);
  await tokens.get();
  clock.jumpWall(30 * SECOND);
  expect(tokens.status().state).toBe('fresh');
  clock.jumpWall(1);
  expect(tokens.status().state).toBe('expiring');
});

test('a wait that is over leaves no listener for the end of the caller’s signal', async () => {
  const { source, tokens } = setUp();
  const held = source.hold();
  const mine = new AbortController();
  const call = tokens.get({ signal: mine.signal });
  held.give('token-1');
  await call;
  const next = source.hold();
  const other = follow(tokens.refresh());
  mine.abort(new Error('mine'));
  next.give('token-2');
  expect((await call).value).toBe('token-1');
  expect(other.error).toBeUndefined();
});

test('refused credentials that could not be read are read again a second later, and heal', async () => {
  const { clock, source, tokens } = setUp();
  source.next(refuses());
  await errorOf(tokens.get());
  let readings = 0;
  source.credentialsChanged = async () => {
    readings++;
    if (readings === 1) throw new Error('the vault is away');
    return true;
  };
  expect(isCredentialsRejectedError(await errorOf(tokens.get()))).toBe(true);
  await clock.advance(999);
  expect(isCredentialsRejectedError(await errorOf(tokens.get({ signal: new AbortController().signal })))).toBe(true);
  expect(readings).toBe(1);
  await clock.advance(1);
  expect((await tokens.get()).value).toBe('token-2');
  expect(readings).toBe(2);
});

test('a secret that hangs is told that its time is over', async () => {
  const { clock, source, tokens } = setUp();
  source.next(refuses());
  await errorOf(tokens.get());
  let seen: AbortSignal | undefined;
  source.credentialsChanged = (signal) => {
    seen = signal;
    return new Promise(() => {});
  };
  const call = follow(tokens.get());
  await clock.advance(5 * SECOND);
  expect(seen?.reason).toMatchObject({ message: expect.stringContaining('within 5 s') });
  expect(call.settled).toBe(true);
});

test('changed credentials end a refusal, not the trouble that came after it', async () => {
  const { clock, source, tokens } = setUp();
  source.next(refuses(), troubled(MINUTE));
  await errorOf(tokens.get());
  let tell!: (hasChanged: boolean) => void;
  source.credentialsChanged = () => new Promise((resolve) => (tell = resolve));
  const call = follow(tokens.get());
  await errorOf(tokens.refresh());
  tell(true);
  await clock.advance(0);
  expect(tokens.status().nextAttemptAt).toBe(clock.wallNow() + MINUTE);
  expect(call.error).toMatchObject({ code: 'TOKEN_UNAVAILABLE' });
});

test('calls that cannot be repeated throw away one token a second', async () => {
  const { clock, tokens } = await setUpWithToken();
  const replacement = new TokenReplacement(tokens, clock, () => 0);
  const discardAnother = async (): Promise<boolean> => {
    const token = await tokens.get();
    replacement.discard(token);
    replacement.discard(token);
    return tokens.peek() === undefined;
  };
  expect(await discardAnother()).toBe(true);
  expect(await discardAnother()).toBe(false);
  await clock.advance(999);
  expect(await discardAnother()).toBe(false);
  await clock.advance(1);
  expect(await discardAnother()).toBe(true);
});

test('a call that cannot be repeated leaves alone the token that has replaced its own, and what comes after', async () => {
  const { clock, tokens } = await setUpWithToken();
  const replacement = new TokenReplacement(tokens, clock, () => 0);
  const sent = tokens.peek()!;
  const newer = await tokens.refresh();
  replacement.discard(sent);
  expect(tokens.peek()).toBe(newer);
  replacement.discard(newer);
  expect(tokens.peek()).toBeUndefined();
});

test('a replay refused with a token that was not bought for a 401 is no disappointment', async () => {
  const { clock, tokens, source } = await setUpWithToken();
  const replacement = new TokenReplacement(tokens, clock, () => 0);
  await replacement.after(tokens.peek()!);
  const byHand = await tokens.refresh();
  replacement.replayed(byHand, false);
  expect((await replacement.after(byHand))?.value).toBe('token-4');
  expect(source.requests).toBe(4);
});
