import { expect, test } from 'vitest';
import { TokenReplacement } from '../../../lib/token/token-replacement.js';
import type { TokenSetup } from '../../support/token-source.js';
import { errorOf, follow, gives, HOUR, MINUTE, SECOND, setUpWithToken, troubled } from '../../support/token-source.js';

async function setUpReplacement(random = () => 0): Promise<TokenSetup & { replacement: TokenReplacement }> {
  const setup = await setUpWithToken();
  return { ...setup, replacement: new TokenReplacement(setup.tokens, setup.clock, random) };
}

/** One call to an API that refuses every token: 401, another token, 401 again. */
async function hopelessCall({ clock, tokens, replacement }: Awaited<ReturnType<typeof setUpReplacement>>) {
  const replayed = (async () => {
    const sent = await tokens.get();
    const next = await replacement.after(sent);
    if (next) replacement.replayed(next, false);
  })();
  await Promise.race([replayed, clock.advance(0)]);
}

test('a refused token is thrown away and replaced by one request, however many calls it was sent with', async () => {
  const { source, tokens, replacement } = await setUpReplacement();
  const sent = tokens.peek()!;
  const given = await Promise.all(Array.from({ length: 1_000 }, () => replacement.after(sent)));
  expect(new Set(given.map((token) => token?.value))).toEqual(new Set(['token-2']));
  expect(source.requests).toBe(2);
  expect(tokens.status().counters.tokensRejected).toBe(1);
});

test('when the cached token is another one than was sent, it is used and nobody is asked', async () => {
  const { source, tokens, replacement } = await setUpReplacement();
  const sent = tokens.peek()!;
  await tokens.refresh();
  expect((await replacement.after(sent))?.value).toBe('token-2');
  expect(source.requests).toBe(2);
  expect(tokens.status().counters.tokensRejected).toBe(0);
});

test('when no new token comes, it rejects and the caller can be given the API’s answer', async () => {
  const { clock, source, tokens, replacement } = await setUpReplacement();
  source.always(troubled());
  const call = follow(replacement.after(tokens.peek()!), clock);
  await clock.advance(MINUTE);
  expect(call.error).toMatchObject({ code: 'TOKEN_UNAVAILABLE' });
  expect(call.at).toBeLessThanOrEqual(10 * SECOND);
});

test('a caller’s signal abandons the wait for a replacement', async () => {
  const { source, tokens, replacement } = await setUpReplacement();
  source.hold();
  const mine = new AbortController();
  const wait = replacement.after(tokens.peek()!, mine.signal);
  mine.abort(new Error('mine'));
  expect(await errorOf(wait)).toMatchObject({ message: 'mine' });
});

test('after a brand-new token was refused too it stays in use, and for a pause no 401 buys another', async () => {
  const { clock, source, tokens, replacement } = await setUpReplacement();
  const second = (await replacement.after(tokens.peek()!))!;
  replacement.replayed(second, false);
  expect(tokens.take()).toBe(second);
  await clock.advance(5 * SECOND - 1);
  expect(await replacement.after(second)).toBeUndefined();
  expect(tokens.take()).toBe(second);
  expect(source.requests).toBe(2);
  await clock.advance(1);
  expect((await replacement.after(second))?.value).toBe('token-3');
  expect(source.requests).toBe(3);
});

test('the pause doubles from 5 s to 30 s while new tokens do not help', async () => {
  const setup = await setUpReplacement();
  const bought: number[] = [];
  for (let i = 0; i < 1_300; i++) {
    const before = setup.source.requests;
    await hopelessCall(setup);
    if (setup.source.requests > before) bought.push(setup.clock.now());
    await setup.clock.advance(100);
  }
  expect(bought.map((at, i) => at - (bought[i - 1] ?? 0))).toEqual([0, 5, 10, 20, 30, 30, 30].map((s) => s * SECOND));
});

test('the pause is jittered', async () => {
  const { clock, tokens, replacement, events } = await setUpReplacement(() => 1 - Number.EPSILON);
  replacement.replayed((await replacement.after(tokens.peek()!))!, false);
  const { pausedUntil } = events.at(-1) as { pausedUntil?: number };
  expect(pausedUntil).toBeGreaterThan(clock.wallNow());
  expect(pausedUntil).toBeLessThan(clock.wallNow() + 5 * SECOND);
});

test('a replay that succeeds ends the pause and the doubling', async () => {
  const { clock, source, tokens, replacement } = await setUpReplacement();
  const second = (await replacement.after(tokens.peek()!))!;
  replacement.replayed(second, false);
  replacement.replayed(second, true);
  const third = (await replacement.after(second))!;
  expect(third.value).toBe('token-3');
  replacement.replayed(third, false);
  await clock.advance(5 * SECOND);
  expect((await replacement.after(third))?.value).toBe('token-4');
  expect(source.requests).toBe(4);
});

test('a 401 discards a token that was obtained after a 401 once an API has answered to it', async () => {
  const { source, tokens, replacement } = await setUpReplacement();
  const first = tokens.peek()!;
  const second = (await replacement.after(first))!;
  replacement.answered(first);
  expect(await replacement.after(second)).toBeUndefined();
  replacement.answered(second);
  expect((await replacement.after(second))?.value).toBe('token-3');
  expect(source.requests).toBe(3);
});

test('a thousand replays refused with one token are one disappointment', async () => {
  const { clock, tokens, replacement } = await setUpReplacement();
  const second = (await replacement.after(tokens.peek()!))!;
  for (let i = 0; i < 1_000; i++) replacement.replayed(second, false);
  await clock.advance(5 * SECOND);
  expect((await replacement.after(second))?.value).toBe('token-3');
});

test('the pause holds also when the vendor hands out the same token again and again', async () => {
  const setup = await setUpReplacement();
  setup.source.always(gives(HOUR, 'token-1'));
  for (let i = 0; i < 600; i++) {
    await hopelessCall(setup);
    await setup.clock.advance(100);
  }
  // At 0, 5, 15 and 35 s, beside the first token.
  expect(setup.source.requests).toBeLessThanOrEqual(6);
});

test('a replay with a token that was in the cache for long is no reason to pause', async () => {
  const { clock, source, tokens, replacement } = await setUpReplacement();
  const sentLongAgo = tokens.peek()!;
  await tokens.refresh();
  await clock.advance(30 * MINUTE);
  const cached = (await replacement.after(sentLongAgo))!;
  expect(cached.value).toBe('token-2');
  replacement.replayed(cached, false);
  // The vendor has revoked everything issued so far: a brand-new token would help the next call.
  expect((await replacement.after(cached))?.value).toBe('token-3');
  expect(source.requests).toBe(3);
});

test('discard() throws the token away for the calls to come and asks nobody itself', async () => {
  const { source, tokens, replacement } = await setUpReplacement();
  const sent = tokens.peek()!;
  replacement.discard(sent);
  expect(tokens.peek()).toBeUndefined();
  expect(source.requests).toBe(1);
  expect((await tokens.get()).value).toBe('token-2');
  replacement.discard(sent);
  expect(tokens.peek()?.value).toBe('token-2');
});

test('discard() does not throw a token away during the pause', async () => {
  const { source, tokens, replacement } = await setUpReplacement();
  const second = (await replacement.after(tokens.peek()!))!;
  replacement.replayed(second, false);
  replacement.discard(second);
  expect(tokens.peek()).toBe(second);
  expect(source.requests).toBe(2);
});
