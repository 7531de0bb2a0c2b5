// Covers `lib/token/token-cache.ts`: for any order of events.
import * as fc from 'fast-check';
import type { AccessToken, IssuedToken } from 'nestjs-auth-apis';
import { CredentialsRejectedError, isAuthApisError, TokenCache, TokenEndpointError } from 'nestjs-auth-apis';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TokenReplacement } from '../../../lib/token/token-replacement.js';
import { DAY, HOUR, MINUTE, SECOND, START_AT } from '../../support/token-source.js';

const TOKEN_WAIT_TIMEOUT_MS = 10 * SECOND;
const TOKEN_REQUEST_TIMEOUT_MS = 5 * SECOND;
/** Timers fire in whole milliseconds. */
const TICK_MS = 1;

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
beforeAll(() => void process.on('unhandledRejection', note));
afterAll(() => void process.off('unhandledRejection', note));

type Scripted = (
  | { kind: 'token'; lifetimeMs: number; same: boolean }
  | { kind: 'trouble'; retryAfterMs?: number }
  | { kind: 'refusal' }
  | { kind: 'throw' }
) & { delayMs: number; heedsSignal: boolean };

const lifetimes = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 2 * HOUR }) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 10 * SECOND }) },
  { weight: 1, arbitrary: fc.constantFrom(NaN, 0, -1, -Infinity, Infinity, Number.MAX_VALUE, 500 * DAY) },
);
const manners = {
  delayMs: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 0, max: 4_000 }),
    fc.constantFrom(5_000, 7_000, 60_000, Infinity),
  ),
  heedsSignal: fc.boolean(),
};
const answers: fc.Arbitrary<Scripted> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('token' as const),
      lifetimeMs: lifetimes,
      same: fc.boolean(),
      ...manners,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('trouble' as const),
      retryAfterMs: fc.option(fc.integer({ min: 1, max: HOUR }), { nil: undefined }),
      ...manners,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('refusal' as const), ...manners }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('throw' as const), ...manners }) },
);

type Step =
  | { do: 'get'; minRemainingMs?: number; abortAfterMs?: number }
  | { do: 'take'; minRemainingMs?: number }
  | { do: 'peek' | 'refresh' | 'invalidate' | 'invalidateOther' | 'attend' | 'replace' }
  | { do: 'advance' | 'jump'; ms: number };

const minRemainingMs = fc.option(fc.oneof(fc.integer({ min: 0, max: 3 * HOUR }), fc.constantFrom(NaN, Infinity)), {
  nil: undefined,
});
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('get' as const),
      minRemainingMs,
      abortAfterMs: fc.option(fc.integer({ min: 0, max: 8_000 }), { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('take' as const), minRemainingMs }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'peek' as const,
        'refresh' as const,
        'invalidate' as const,
        'invalidateOther' as const,
        'attend' as const,
        'replace' as const,
      ),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      ms: fc.oneof(
        fc.integer({ min: 0, max: 2_000 }),
        fc.integer({ min: 0, max: 30 * SECOND }),
        fc.integer({ min: 0, max: HOUR }),
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('jump' as const), ms: fc.constantFrom(-DAY, DAY, 31 * SECOND, -MINUTE) }),
  },
);

/** What reading the secrets again comes to; `fixed` secrets are not functions. */
type Reread = 'fixed' | 'same' | 'changed' | 'throws' | 'hangs';

/** A vendor that plays its script, and knows what is true of the tokens it gave. */
class Vendor {
  readonly diesAt = new Map<string, number>();
  readonly requests: { at: number; endedAt: number; byHand: boolean; failed: boolean; retryAfterMs?: number }[] = [];
  requestIsByHand = false;
  rereads: number[] = [];
  readonly #clock: ManualClock;
  readonly #script: Scripted[];
  readonly #reread: Reread;
  #last = 'none';

  constructor(clock: ManualClock, script: Scripted[], reread: Reread) {
    this.#clock = clock;
    this.#script = script;
    this.#reread = reread;
  }

  credentialsChanged = async (): Promise<boolean> => {
    this.rereads.push(this.#clock.now());
    if (this.#reread === 'throws') throw new Error('sealed');
    return this.#reread === 'hangs' ? new Promise(() => {}) : this.#reread === 'changed';
  };

  fetch = (signal: AbortSignal): Promise<IssuedToken> => {
    const now = this.#clock.now();
    const before = this.requests.at(-1);
    const n = this.requests.length + 1;
    expect(now, 'two attempts at once').toBeGreaterThanOrEqual(before?.endedAt ?? 0);
    const script = this.#script[n - 1];
    const request: Vendor['requests'][number] = {
      at: now,
      endedAt: Infinity,
      byHand: this.requestIsByHand,
      failed: true,
    };
    this.requests.push(request);
    const end = (): void => void (request.endedAt = Math.min(request.endedAt, this.#clock.now()));
    signal.addEventListener('abort', end);
    return new Promise((resolve, reject) => {
      if (script?.heedsSignal) signal.addEventListener('abort', () => reject(signal.reason as Error));
      const answer = (): void => {
        const late = signal.aborted;
        end();
        try {
          const token = this.#play(script, n, now);
          if (!late) request.failed = !(token.lifetimeMs > this.#clock.now() - now);
          resolve(token);
        } catch (error) {
          if (!late) request.retryAfterMs = script && 'retryAfterMs' in script ? script.retryAfterMs : undefined;
          reject(error);
        }
      };
      if (!script?.delayMs) answer();
      else if (script.delayMs < Infinity) this.#clock.schedule(answer, script.delayMs);
    });
  };

  #play(script: Scripted | undefined, n: number, startedAt: number): IssuedToken {
    if (script?.kind === 'trouble') {
      const { retryAfterMs } = script;
      throw new TokenEndpointError('trouble', { retryable: true, retryAfterMs });
    }
    if (script?.kind === 'refusal') throw new CredentialsRejectedError('refused');
    if (script?.kind === 'throw') throw new RangeError('broken');
    const { lifetimeMs, same } = script ?? { lifetimeMs: HOUR, same: false };
    const value = same ? this.#last : `token-${n}`;
    this.#last = value;
    const diesAt = startedAt + lifetimeMs;
    if (!Number.isNaN(diesAt)) this.diesAt.set(value, Math.max(diesAt, this.diesAt.get(value) ?? -Infinity));
    return { value, lifetimeMs };
  }
}

async function play(script: Scripted[], schedule: Step[], chance: number, reread: Reread) {
  const clock = new ManualClock(START_AT);
  const vendor = new Vendor(clock, script, reread);
  const source = reread === 'fixed' ? { fetch: vendor.fetch } : vendor;
  const tokens = new TokenCache(source, {
    clock,
    random: () => chance,
    tokenWaitTimeoutMs: TOKEN_WAIT_TIMEOUT_MS,
    tokenRequestTimeoutMs: TOKEN_REQUEST_TIMEOUT_MS,
  });
  const replacement = new TokenReplacement(tokens, clock, () => chance);
  let open = 0;

  const isAlive = (token: AccessToken | undefined): void => {
    if (token) expect(vendor.diesAt.get(token.value), 'an expired token').toBeGreaterThan(clock.now());
  };
  const call = async (
    waitsMs: number,
    run: () => Promise<AccessToken | undefined>,
  ): Promise<AccessToken | undefined> => {
    const since = clock.now();
    open++;
    try {
      const token = await run();
      isAlive(token);
      return token;
    } catch (error) {
      if (!(error instanceof Error) || error.name === 'AssertionError') throw error;
      expect(isAuthApisError(error) || error.name === 'AbortError', `untyped: ${error.message}`).toBe(true);
      return undefined;
    } finally {
      open--;
      expect(clock.now() - since, 'waited too long').toBeLessThanOrEqual(waitsMs + TICK_MS);
    }
  };
  const failures: Error[] = [];
  const go = (waitsMs: number, run: () => Promise<AccessToken | undefined>): void =>
    void call(waitsMs, run).catch((error: Error) => failures.push(error));

  const perform = async (step: Step): Promise<void> => {
    switch (step.do) {
      case 'get': {
        const { abortAfterMs } = step;
        const controller = new AbortController();
        if (abortAfterMs !== undefined) clock.schedule(() => controller.abort(), abortAfterMs);
        const signal = abortAfterMs === undefined ? undefined : controller.signal;
        return go(TOKEN_WAIT_TIMEOUT_MS, () => tokens.get({ minRemainingMs: step.minRemainingMs, signal }));
      }
      case 'take':
        return isAlive(tokens.take(step.minRemainingMs));
      case 'peek':
        return isAlive(tokens.peek());
      case 'refresh':
        vendor.requestIsByHand = true;
        go(TOKEN_REQUEST_TIMEOUT_MS, () => tokens.refresh());
        vendor.requestIsByHand = false;
        return;
      case 'invalidate':
        tokens.invalidate(tokens.peek() ?? 'none');
        return;
      case 'invalidateOther':
        tokens.invalidate('another');
        return;
      case 'attend':
        return tokens.attend();
      case 'replace': {
        const sent = tokens.peek();
        if (!sent) return;
        return go(TOKEN_WAIT_TIMEOUT_MS, async () => {
          const next = await replacement.after(sent);
          if (next) replacement.replayed(next, false);
          return next;
        });
      }
      case 'advance':
        return clock.advance(step.ms);
      case 'jump':
        return clock.jumpWall(step.ms);
    }
  };

  for (const step of schedule) {
    await perform(step);
    // `get` and `refresh` have asked by the time the event loop has turned.
    await clock.advance(0);
    tokens.status();
  }
  await clock.advance(TOKEN_WAIT_TIMEOUT_MS + TOKEN_REQUEST_TIMEOUT_MS);
  expect(open, 'calls that never settled').toBe(0);
  tokens.close();
  await clock.advance(2 * MINUTE);
  if (failures[0]) throw failures[0];
  checkPauses(vendor.requests, reread === 'changed');
  for (const [i, at] of vendor.rereads.slice(1).entries()) {
    expect(at - vendor.rereads[i]!, 'secrets read too often').toBeGreaterThanOrEqual(SECOND);
  }
}

/** After the n-th failure in a row nobody asks sooner than half of the backoff, nor than the vendor wished. */
function checkPauses(requests: Vendor['requests'], credentialsChange: boolean): void {
  for (const [i, request] of requests.slice(1).entries()) {
    const before = requests[i]!;
    if (!before.failed) continue;
    const gap = request.at - before.endedAt;
    // A late answer of an older request may have ended the trouble meanwhile: then no pause is due.
    const lateAnswer = requests.slice(0, i + 1).some((r) => r.failed && r.endedAt - r.at >= TOKEN_REQUEST_TIMEOUT_MS);
    if (lateAnswer) continue;
    if (before.retryAfterMs !== undefined)
      expect(gap, 'Retry-After').toBeGreaterThanOrEqual(before.retryAfterMs - TICK_MS);
    else if (!request.byHand && !credentialsChange) expect(gap, 'backoff').toBeGreaterThanOrEqual(SECOND / 2 - TICK_MS);
  }
}

test('no schedule of calls, answers and clock steps breaks what must be true of a token', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(answers, { maxLength: 12 }),
      fc.array(steps, { minLength: 1, maxLength: 40 }),
      fc.constantFrom(0, 0.5, 1 - Number.EPSILON),
      fc.constantFrom('fixed' as const, 'same' as const, 'changed' as const, 'throws' as const, 'hangs' as const),
      play,
    ),
    { numRuns: 300 },
  );
  await new Promise((resolve) => setImmediate(resolve));
  expect(unhandled).toEqual([]);
});
