import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage, StageSettings } from './stage.js';

export interface Scenario {
  readonly settings?: Partial<StageSettings>;
  /** @param calls by each replica */
  readonly play: (stage: Stage, calls: number) => Promise<void>;
}

const FIVE_MINUTES_MS = 300_000;

/**
 * A token is refreshed when 70 to 80 % of its life have passed: within two lives the third one is there (after 1.4 to 1.6
 * lives) and the fourth one is not (after 2.1 at the earliest).
 */
const TWO_LIVES = { lives: 2, requests: 3 };
/** The second is there (after 0.7 to 0.8 lives), the third is not (after 1.4 at the earliest). */
const PAST_ONE_LIFE = { lives: 1.2, requests: 2 };

const exactly = (n: number): [number, number] => [n, n];

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
    await stage.count('a token for each replica', exactly(1), () => warm(stage));
    await sleep(4_000);
    await stage.count('... which died in all of them, all calls at once', exactly(1), () =>
      stage.fleet.load('burst', { calls, httpEvery: SOME_HTTP }),
    );
  },
};

const twoLives: Scenario = {
  settings: { tokenLifetimeMs: 6_000 },
  play: (stage, calls) =>
    stage.count('under load for two lives of a token', exactly(TWO_LIVES.requests), () =>
      stage.fleet.load('stream', { calls, httpEvery: SOME_HTTP, overMs: TWO_LIVES.lives * 6_000 }),
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
    await stage.count('... tokens revoked while Redis is gone: one each', [1, fleet.size], () =>
      fleet.load('burst', { calls, httpEvery: SOME_HTTP }),
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
    stage.count(`a replica's clock ${name}, beyond a token's life`, exactly(PAST_ONE_LIFE.requests), () =>
      stage.fleet.load('stream', { calls, httpEvery: A_FOURTH_HTTP, overMs: PAST_ONE_LIFE.lives * 4_000 }),
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
