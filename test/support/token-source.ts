import type { AuthApisEvent, IssuedToken, TokenCacheOptions, TokenSource } from 'nestjs-auth-apis';
import { CredentialsRejectedError, TokenCache, TokenEndpointError } from 'nestjs-auth-apis';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { isPromise } from 'node:util/types';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A fixed wall time, so that every run is the same. */
export const START_AT = Date.UTC(2026, 0, 15, 12);

/** What the vendor does with one token request. */
export type Answer = (signal: AbortSignal, n: number) => Promise<IssuedToken>;

/** A token; by default each its own value and an hour of life. */
export const gives =
  (lifetimeMs = HOUR, value?: string): Answer =>
  async (_, n) => ({ value: value ?? `token-${n}`, lifetimeMs });

export const fails =
  (error: () => unknown): Answer =>
  async () => {
    throw error();
  };

/** A failure that may pass, with or without `Retry-After`. */
export const troubled = (retryAfterMs?: number): Answer =>
  fails(() => new TokenEndpointError('the vendor answered 503', { vendorStatus: 503, retryable: true, retryAfterMs }));

/** Wrong credentials, says the vendor. */
export const refuses = (): Answer =>
  fails(() => new CredentialsRejectedError('the vendor answered 401', { vendorStatus: 401 }));

/** Never answers, not even when told to stop. */
export const hangs = (): Answer => () => new Promise(() => {});

/** An answer that the test gives when it likes; ignores its signal. */
export class Held {
  resolve!: (token: IssuedToken) => void;
  reject!: (error: unknown) => void;
  signal: AbortSignal | undefined;
  readonly #answer = new Promise<IssuedToken>((resolve, reject) => Object.assign(this, { resolve, reject }));

  readonly answer: Answer = (signal) => {
    this.signal = signal;
    return this.#answer;
  };

  give(value: string, lifetimeMs = HOUR): void {
    this.resolve({ value, lifetimeMs });
  }
}

/** A vendor in memory that counts its requests and answers as told. */
export class ScriptedSource implements TokenSource {
  /** When each request came, monotonic milliseconds. */
  readonly requestedAt: number[] = [];
  credentialsChanged?: (signal: AbortSignal) => Promise<boolean>;
  readonly #clock: ManualClock;
  readonly #script: Answer[] = [];
  #otherwise: Answer = gives();

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  get requests(): number {
    return this.requestedAt.length;
  }

  /** The answers to the next requests, in order. */
  next(...answers: Answer[]): this {
    this.#script.push(...answers);
    return this;
  }

  /** The answer to every request that the script leaves open. */
  always(answer: Answer): this {
    this.#otherwise = answer;
    return this;
  }

  /** Holds back the answer to the next request. */
  hold(): Held {
    const held = new Held();
    this.next(held.answer);
    return held;
  }

  fetch(signal: AbortSignal): Promise<IssuedToken> {
    this.requestedAt.push(this.#clock.now());
    return (this.#script.shift() ?? this.#otherwise)(signal, this.requests);
  }
}

export interface TokenSetup {
  readonly clock: ManualClock;
  readonly source: ScriptedSource;
  readonly tokens: TokenCache;
  readonly events: AuthApisEvent[];
}

/** A cache before a scripted vendor, on a clock that stands still; chance always gives 0 unless told otherwise. */
export function setUp(options: TokenCacheOptions = {}): TokenSetup {
  const clock = options.clock instanceof ManualClock ? options.clock : new ManualClock(START_AT);
  const source = new ScriptedSource(clock);
  const events: AuthApisEvent[] = [];
  const onEvent = (event: AuthApisEvent): void => void events.push(event);
  const tokens = new TokenCache(source, { clock, random: () => 0, onEvent, ...options });
  return { clock, source, tokens, events };
}

/** The same with a first token at hand. */
export async function setUpWithToken(lifetimeMs = HOUR, options: TokenCacheOptions = {}): Promise<TokenSetup> {
  const setup = setUp(options);
  setup.source.next(gives(lifetimeMs));
  await setup.tokens.get();
  return setup;
}

/** What has become of a call so far, without waiting for it. */
export interface Call<T> {
  settled: boolean;
  value?: T;
  error?: unknown;
  /** Monotonic time at which it settled. */
  at?: number;
}

export function follow<T>(promise: Promise<T>, clock?: ManualClock): Call<T> {
  if (!isPromise(promise)) throw new TypeError('not a promise');
  const call: Call<T> = { settled: false };
  const settle = (outcome: Partial<Call<T>>): void =>
    void Object.assign(call, { settled: true, at: clock?.now() }, outcome);
  promise.then(
    (value) => settle({ value }),
    (error: unknown) => settle({ error }),
  );
  return call;
}

/** The error that a promise rejects with. */
export async function errorOf<E = Error>(promise: Promise<unknown>): Promise<E> {
  return promise.then(
    () => {
      throw new Error('expected a rejection');
    },
    (error: unknown) => error as E,
  );
}
