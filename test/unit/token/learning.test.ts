import { describe, expect, test } from 'vitest';
import { TokenRefreshScheduler } from '../../../lib/scheduler/token-refresh.scheduler.js';
import type { Answer, TokenSetup } from '../../support/token-source.js';
import { errorOf, gives, HOUR, MINUTE, setUp, setUpWithToken, troubled } from '../../support/token-source.js';

/** Kinds of events that were told of learning, in order. */
const told = ({ events }: TokenSetup): string[] =>
  events.map(({ type }) => type).filter((type) => type === 'learned' || type === 'forgotten' || type === 'rotated');

/** An API refuses the token at this age; the call is repeated with the next one, which it takes or does not. */
async function dies({ clock, tokens }: TokenSetup, ageMs: number, isAccepted = true): Promise<void> {
  const token = await tokens.get();
  await clock.advance(ageMs - (clock.wallNow() - token.receivedAt));
  const next = (await tokens.replacement.after(token))!;
  tokens.replacement.replayed(next, isAccepted);
}

describe('tokens that die before their time', () => {
  test('are refreshed before the age at which two in a row died', async () => {
    const setup = await setUpWithToken();
    const { tokens, events, source } = setup;
    await dies(setup, 20 * MINUTE);
    expect(tokens.status()).not.toHaveProperty('learnedLifetimeMs');
    await dies(setup, 20 * MINUTE);
    expect(tokens.status().learnedLifetimeMs).toBe(20 * MINUTE);
    expect(events.find(({ type }) => type === 'learned')).toMatchObject({
      lifetimeMs: 20 * MINUTE,
      documentedMs: HOUR,
    });
    const { receivedAt, expiresAt, refreshesAt } = tokens.status();
    expect(refreshesAt! - receivedAt!).toBe(14 * MINUTE);
    // It may live longer than that, and is served until it is known to be dead.
    expect(expiresAt! - receivedAt!).toBe(HOUR);
    await setup.clock.advance(14 * MINUTE);
    expect(tokens.take()?.value).toBe('token-3');
    await setup.clock.advance(0);
    expect(tokens.take()?.value).toBe('token-4');
    expect(source.requests).toBe(4);
    expect(tokens.status().counters.rejections).toBe(2);
  });

  test('are counted on until a whole millisecond, on clocks that know parts of one', async () => {
    const setup = await setUpWithToken();
    await dies(setup, 20 * MINUTE + 0.4);
    await dies(setup, 20 * MINUTE + 0.4);
    const { receivedAt, livesUntil } = setup.tokens.status();
    expect(livesUntil).toBe(receivedAt! + 20 * MINUTE);
  });

  test('are counted on until that age, and longer only once they have outlived it', async () => {
    const setup = await setUpWithToken();
    const { clock, tokens, events, source } = setup;
    await dies(setup, 20 * MINUTE);
    await dies(setup, 20 * MINUTE);
    const { receivedAt, expiresAt } = tokens.status();
    source.next(troubled()).always(troubled(9 * MINUTE));
    const until = async (): Promise<(number | undefined)[]> => {
      await errorOf(tokens.refresh());
      const event = events.findLast(({ type }) => type === 'failed') as { tokenLivesUntil?: number };
      return [event.tokenLivesUntil, tokens.status().livesUntil];
    };
    expect(await until()).toEqual([receivedAt! + 20 * MINUTE, receivedAt! + 20 * MINUTE]);
    await clock.advance(21 * MINUTE);
    expect(await until()).toEqual([expiresAt, expiresAt]);
  });

  test('teach nothing before an API has taken the next one, which is planned anew then', async () => {
    const setup = await setUpWithToken();
    const { clock, tokens } = setup;
    await dies(setup, 20 * MINUTE);
    const token = await tokens.get();
    await clock.advance(20 * MINUTE - (clock.wallNow() - token.receivedAt));
    const next = (await tokens.replacement.after(token))!;
    const planned = tokens.status();
    expect(planned.refreshesAt! - planned.receivedAt!).toBe(42 * MINUTE);
    expect(planned).not.toHaveProperty('learnedLifetimeMs');
    expect(told(setup)).toEqual([]);
    let changes = 0;
    tokens.watch({ tokenChanged: () => void changes++, seesToRefresh: () => false, hasPlan: false });
    tokens.replacement.replayed(next, true);
    expect(changes).toBe(1);
    expect(tokens.take()).toBe(next);
    expect(tokens.due()).toEqual({ at: clock.now() + 14 * MINUTE, action: 'refresh' });
    expect(tokens.status()).toEqual({
      ...planned,
      livesUntil: planned.receivedAt! + 20 * MINUTE,
      refreshesAt: planned.receivedAt! + 14 * MINUTE,
      learnedLifetimeMs: 20 * MINUTE,
      counters: { ...planned.counters, replays: planned.counters.replays + 1 },
    });
    tokens.replacement.replayed(next, true);
    expect(told(setup)).toEqual(['learned']);
    expect(changes).toBe(1);
  });

  test('and whose calls could not be repeated teach nothing', async () => {
    const setup = await setUpWithToken();
    const { clock, tokens } = setup;
    for (const _ of [1, 2, 3]) {
      const token = await tokens.get();
      await clock.advance(20 * MINUTE - (clock.wallNow() - token.receivedAt));
      tokens.replacement.discard(token);
    }
    await tokens.get();
    expect(tokens.status()).not.toHaveProperty('learnedLifetimeMs');
    expect(tokens.status().counters.rejections).toBe(3);
    expect(told(setup)).toEqual([]);
  });

  test('and which nobody judged teach nothing, though their successors die as well', async () => {
    const setup = await setUpWithToken();
    const { clock, tokens } = setup;
    for (const _ of [1, 2, 3, 4]) {
      const token = await tokens.get();
      await clock.advance(20 * MINUTE - (clock.wallNow() - token.receivedAt));
      tokens.invalidate(token);
    }
    await tokens.get();
    expect(told(setup)).toEqual([]);
    expect(tokens.status()).not.toHaveProperty('learnedLifetimeMs');
    expect(tokens.status().counters.rejections).toBe(4);
  });

  test('cost no caller a replay any more, but for one probe in ten', async () => {
    const setup = await setUpWithToken();
    const { clock, source, tokens } = setup;
    const scheduler = new TokenRefreshScheduler(clock);
    scheduler.add(tokens, { keepFresh: 'always', prefetch: true });
    scheduler.start();
    await dies(setup, 20 * MINUTE);
    await dies(setup, 20 * MINUTE);
    const before = source.requests;
    let replays = 0;
    for (let minute = 0; minute < 10 * 60; minute++) {
      await clock.advance(MINUTE);
      const token = await tokens.get();
      if (clock.wallNow() - token.receivedAt < 20 * MINUTE) continue;
      replays++;
      tokens.replacement.replayed((await tokens.replacement.after(token))!, true);
    }
    const bought = source.requests - before;
    expect(replays).toBeGreaterThan(0);
    expect(replays).toBeLessThanOrEqual(Math.ceil(bought / 10));
  });

  test('for another reason than their age teach nothing: the next one is refused as well', async () => {
    const setup = await setUpWithToken();
    await dies(setup, 20 * MINUTE, false);
    await dies(setup, 20 * MINUTE);
    expect(setup.tokens.status()).not.toHaveProperty('learnedLifetimeMs');
    expect(told(setup)).toEqual([]);
  });

  test('and live again as they should are found out by the probe', async () => {
    const setup = await setUpWithToken();
    const { clock, tokens } = setup;
    await dies(setup, 20 * MINUTE);
    await dies(setup, 20 * MINUTE);
    for (let minute = 0; minute < 5 * 60; minute++) {
      await clock.advance(MINUTE);
      await tokens.get();
    }
    expect(told(setup)).toEqual(['learned', 'forgotten']);
    expect(tokens.status()).not.toHaveProperty('learnedLifetimeMs');
    const { receivedAt, refreshesAt } = tokens.status();
    expect(refreshesAt! - receivedAt!).toBe(42 * MINUTE);
  });

  test('and that nobody uses prove nothing by their age', async () => {
    const setup = await setUpWithToken();
    const { clock, source, tokens } = setup;
    const scheduler = new TokenRefreshScheduler(clock);
    await dies(setup, 20 * MINUTE);
    await dies(setup, 20 * MINUTE);
    scheduler.add(tokens, { keepFresh: 'always', prefetch: true });
    scheduler.start();
    await clock.advance(12 * HOUR);
    expect(source.requests).toBeGreaterThan(30);
    expect(tokens.status().learnedLifetimeMs).toBe(20 * MINUTE);
  });

  test('are forgotten with the credentials that bought them', async () => {
    const setup = setUp();
    const bought =
      (credentials: string): Answer =>
      async (signal, n) => ({ ...(await gives()(signal, n)), credentials });
    setup.source.always(bought('one'));
    await dies(setup, 20 * MINUTE);
    await dies(setup, 20 * MINUTE);
    expect(setup.tokens.status().learnedLifetimeMs).toBe(20 * MINUTE);
    setup.source.always(bought('two'));
    await setup.tokens.refresh();
    expect(told(setup)).toEqual(['learned', 'forgotten']);
  });

  test('count only with those that the same credentials bought, the first one included', async () => {
    const setup = setUp();
    const bought =
      (credentials: string): Answer =>
      async (signal, n) => ({ ...(await gives()(signal, n)), credentials });
    setup.source.next(bought('one'));
    setup.source.always(bought('two'));
    await dies(setup, 20 * MINUTE); // the first one's: its successor is another's
    await dies(setup, 20 * MINUTE);
    expect(told(setup)).toEqual([]);
    await dies(setup, 20 * MINUTE);
    expect(told(setup)).toEqual(['learned']);
  });
});

describe('which of a pair of secrets works', () => {
  const boughtWith =
    (secret?: 'current' | 'next'): Answer =>
    async (signal, n) => ({ ...(await gives()(signal, n)), secret });

  test('is told when it becomes the other one, and stands in the status', async () => {
    const setup = setUp();
    const { source, tokens, events } = setup;
    source.next(
      boughtWith('current'),
      boughtWith('current'),
      boughtWith('next'),
      boughtWith('next'),
      boughtWith('current'),
    );
    const seen: unknown[] = [];
    for (let i = 0; i < 5; i++) {
      await tokens.refresh();
      seen.push(tokens.status().secret);
    }
    expect(seen).toEqual(['current', 'current', 'next', 'next', 'current']);
    expect(events.flatMap((event) => (event.type === 'rotated' ? [event.secret] : []))).toEqual(['next', 'current']);
  });

  test('is told of the first token too, when it is the second secret', async () => {
    const setup = setUp();
    setup.source.next(boughtWith('next'));
    await setup.tokens.get();
    expect(told(setup)).toEqual(['rotated']);
  });

  test('is not told where there is no pair, nor when there is none any more', async () => {
    const setup = setUp();
    const { source, tokens } = setup;
    source.next(boughtWith(), boughtWith('next'), boughtWith());
    await tokens.refresh();
    expect(tokens.status()).not.toHaveProperty('secret');
    await tokens.refresh();
    await tokens.refresh();
    expect(told(setup)).toEqual(['rotated']);
    expect(tokens.status()).not.toHaveProperty('secret');
  });
});

test('a token says which one of its account it is, also after failures', async () => {
  const { source, tokens, events } = setUp();
  await tokens.refresh();
  source.next(async () => {
    throw new Error('once');
  });
  await errorOf(tokens.refresh());
  await tokens.refresh();
  expect(events.flatMap((event) => (event.type === 'refreshed' ? [event.tokens] : []))).toEqual([1, 2]);
});
