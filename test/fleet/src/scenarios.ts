import { setTimeout as sleep } from 'node:timers/promises';
import { AUTH_LATENCY_MS, type Expected, type Stage, type StageSettings } from './stage.js';

export interface Scenario {
  readonly settings?: Partial<StageSettings>;
  /** @param calls by each replica */
  readonly play: (stage: Stage, calls: number) => Promise<void>;
}

const FIVE_MINUTES_MS = 300_000;

const exactly =
  (n: number): Expected =>
  () => [n, n];

/**
 * A token is refreshed when 70 to 80 % of its life have passed; a busy machine may be later by a tenth. How often that is
 * depends on how long the calls really took.
 */
const refreshed =
  (lifetimeMs: number): Expected =>
  (tookMs) => [
    1 + Math.floor(tookMs / (0.9 * lifetimeMs + AUTH_LATENCY_MS)),
    1 + Math.floor(tookMs / (0.7 * lifetimeMs)),
  ];

/** One, and another whenever it has died. */
const notRefreshed =
  (lifetimeMs: number): Expected =>
  (tookMs) => [1, 1 + Math.floor(tookMs / lifetimeMs)];

/** All of them for the first proof; they are what makes a fleet on two cores slow. */
const ALL_HTTP = 1;
/** Where a 401 is what counts. */
const A_FOURTH_HTTP = 4;
const SOME_HTTP = 10;

/** Each replica has the token. */
const warm = ({ fleet }: Stage) => fleet.load('burst', { calls: 1, httpEvery: ALL_HTTP });

const cold: Scenario = {
  play: (stage, calls) =>
    stage.count('cold, all calls at once', exactly(1), () => stage.fleet.load('burst', { calls, httpEvery: ALL_HTTP })),
};

const expired: Scenario = {
  settings: { tokenLifetimeMs: 4_000, refreshes: false },
  async play(stage, calls) {
    await stage.count('a token for each replica', notRefreshed(4_000), () => warm(stage));
    await sleep(4_000);
    await stage.count('... which died in all of them, all calls at once', notRefreshed(4_000), () =>
      stage.fleet.load('burst', { calls, httpEvery: SOME_HTTP }),
    );
  },
};

const twoLives: Scenario = {
  settings: { tokenLifetimeMs: 6_000 },
  play: (stage, calls) =>
    stage.count('under load for two lives of a token', refreshed(6_000), () =>
      stage.fleet.load('stream', { calls, httpEvery: SOME_HTTP, overMs: 2 * 6_000 }),
    ),
};

const revoked: Scenario = {
  async play(stage, calls) {
    await stage.count('a token for each replica', exactly(1), () => warm(stage));
    stage.revokeTokens();
    await stage.count('... which the vendor revokes, all calls at once', exactly(1), () =>
      stage.fleet.load('burst', { calls, httpEvery: A_FOURTH_HTTP }),
    );
  },
};

const redisKilled: Scenario = {
  async play(stage, calls) {
    const { fleet, redis } = stage;
    await stage.count('Redis killed and restarted empty under load', exactly(1), async () => {
      const outcomes = fleet.load('stream', { calls, httpEvery: SOME_HTTP, overMs: 4_000 });
      await sleep(1_000);
      await redis.kill();
      await sleep(1_500);
      await redis.start();
      return outcomes;
    });
    await redis.kill();
    stage.revokeTokens();
    await stage.count(
      '... tokens revoked while Redis is gone: one each',
      () => [1, fleet.size],
      () => fleet.load('burst', { calls, httpEvery: SOME_HTTP }),
    );
    await redis.start();
    await stage.allConnected();
    stage.revokeTokens();
    await stage.count('... and revoked again when Redis is back', exactly(1), () =>
      fleet.load('burst', { calls, httpEvery: SOME_HTTP }),
    );
  },
};

const holderKilled: Scenario = {
  async play(stage, calls) {
    stage.hangNextTokenRequest();
    await stage.count('cold, the lease holder killed while it asks', exactly(2), async () => {
      const outcomes = stage.fleet.load('burst', { calls, httpEvery: SOME_HTTP });
      await stage.fleet.kill(await stage.whoAsks());
      return outcomes;
    });
  },
};

/** With JWTs, which tell their end by the vendor's wall clock. */
const clockOff = (wallOffsetMs: number, name: string): Scenario => ({
  settings: { api: 'verbit', tokenLifetimeMs: 4_000, wallOffsetMs },
  play: (stage, calls) =>
    stage.count(`a replica's clock ${name}, beyond a token's life`, refreshed(4_000), () =>
      stage.fleet.load('stream', { calls, httpEvery: A_FOURTH_HTTP, overMs: 1.2 * 4_000 }),
    ),
});

export const SCENARIOS: readonly Scenario[] = [
  cold,
  expired,
  twoLives,
  revoked,
  redisKilled,
  holderKilled,
  clockOff(FIVE_MINUTES_MS, '5 minutes ahead'),
  clockOff(-FIVE_MINUTES_MS, '5 minutes behind'),
];
