import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { FakeSparkfly, FakeVerbit, type FakeRequest } from 'nestjs-auth-apis/testing';
import type { Fleet } from './fleet.js';
import type { Outcome, ReplicaSettings, VendorSettings } from './messages.js';
import type { RedisServer } from './redis-server.js';
import { tableRow, type Row } from './table.js';

/** The vendor's answer to a token request takes so long. */
export const AUTH_LATENCY_MS = 300;
/** No machine is so busy that a call takes longer to its API. */
const LONGEST_WAY_MS = 1_000;
const WAIT_MS = 10_000;
const WAIT_STEP_MS = 20;

export interface StageSettings {
  /** Sparkfly's tokens tell nothing; Verbit's are JWTs, which tell their end by the vendor's wall clock. */
  readonly api: VendorSettings['api'];
  readonly tokenLifetimeMs: number;
  /** Whether tokens are refreshed before their end. */
  readonly refreshes: boolean;
  /** How far the wall clock of the first replica is off. */
  readonly wallOffsetMs: number;
}

/** How many token requests there may be in a part that took so long. */
export type Expected = (tookMs: number) => readonly [least: number, most: number];

export const USUAL: StageSettings = { api: 'sparkfly', tokenLifetimeMs: 3_600_000, refreshes: true, wallOffsetMs: 0 };

/** What a scenario is played on: a new vendor, new apps in all replicas, and nothing in Redis. */
export class Stage {
  readonly fleet: Fleet;
  readonly redis: RedisServer;
  readonly rows: Row[] = [];
  readonly #settings: StageSettings;
  readonly #vendor: FakeSparkfly | FakeVerbit;
  /** Only then may the vendor refuse any call, which is made once more: a token that lived too long would show so. */
  #isRevoked = false;

  private constructor(fleet: Fleet, redis: RedisServer, settings: StageSettings, vendor: FakeSparkfly | FakeVerbit) {
    this.fleet = fleet;
    this.redis = redis;
    this.#settings = settings;
    this.#vendor = vendor;
  }

  static async set(fleet: Fleet, redis: RedisServer, settings: StageSettings): Promise<Stage> {
    const { tokenLifetimeMs } = settings;
    const options = { tokenLatencyMs: AUTH_LATENCY_MS, tokenLifetimeMs };
    const vendor = await (settings.api === 'sparkfly' ? FakeSparkfly : FakeVerbit).start(options);
    const stage = new Stage(fleet, redis, settings, vendor);
    const prefix = `fleet-${randomBytes(4).toString('hex')}`;
    const encryptionKey = randomBytes(32).toString('base64');
    await fleet.start((name, i) => stage.#replicaSettings(name, i, { prefix, encryptionKey }));
    return stage;
  }

  async strike(): Promise<void> {
    await this.fleet.stop();
    await this.#vendor.close();
  }

  /** Plays a part, and writes down how many tokens the vendor was asked for meanwhile. */
  async count(name: string, expected: Expected, part: () => Promise<Outcome[]>): Promise<void> {
    const before = await this.#sums();
    const startedAt = performance.now();
    const beganAt = Date.now();
    const outcomes = await part();
    const tookMs = performance.now() - startedAt;
    const after = await this.#sums();
    const seen = after.requests - before.requests;
    const takenOver = after.takenOver - before.takenOver;
    const refused = after.refused - before.refused;
    const [least, most] = expected(tookMs);
    const storeProblems = after.storeProblems.slice(before.storeProblems.length);
    const row: Row = {
      name,
      least,
      most,
      seen,
      takenOver,
      refused,
      mayRefuse: this.#isRevoked ? refused : this.#diedOnTheWay(beganAt),
      tookMs,
      outcomes,
      storeProblems,
    };
    this.rows.push(row);
    console.log(tableRow(row));
  }

  revokeTokens(): void {
    this.#isRevoked = true;
    this.#vendor.revokeTokens();
  }

  /** The next token request is never answered. */
  hangNextTokenRequest(): void {
    this.#vendor.failNext({ action: 'hang' });
  }

  /** Which replica is asking for a token; waits for one that does. */
  async whoAsks(): Promise<string> {
    let name: string | undefined;
    const isSomebody = async (): Promise<boolean> => {
      name = (await this.fleet.states()).find(({ isAsking }) => isAsking)?.name;
      return name !== undefined;
    };
    await until(isSomebody, 'a token request');
    return name!;
  }

  async allConnected(): Promise<void> {
    const areConnected = async () => (await this.fleet.states()).every(({ isConnected }) => isConnected);
    await until(areConnected, 'all replicas to be connected to Redis');
  }

  /** Calls since then that were refused because their token had died a moment before they arrived. */
  #diedOnTheWay(beganAt: number): number {
    const isOnTime = ({ at, headers }: FakeRequest): boolean => {
      const words = Object.values(headers).map((value) => value.split(' ').at(-1)!);
      const ends = words.flatMap((word) => this.#vendor.tokenDetails(word)?.expiresAt ?? []);
      return ends.some((end) => at - end < LONGEST_WAY_MS);
    };
    const refused = this.#vendor.requests.filter(
      ({ at, kind, status }) => at >= beganAt && kind === 'api' && status === 401,
    );
    return refused.filter(isOnTime).length;
  }

  async #sums() {
    const states = await this.fleet.states();
    return {
      requests: this.#vendor.counters.tokenRequests,
      refused: this.#vendor.counters.apiUnauthorized,
      takenOver: states.reduce((sum, { tokensTakenOver }) => sum + tokensTakenOver, 0),
      storeProblems: states.flatMap(({ storeProblems }) => storeProblems),
    };
  }

  #replicaSettings(
    name: string,
    index: number,
    secrets: Pick<ReplicaSettings, 'prefix' | 'encryptionKey'>,
  ): ReplicaSettings {
    const { refreshes, wallOffsetMs } = this.#settings;
    return {
      ...secrets,
      name,
      redisPort: this.redis.port,
      redisClient: index % 2 === 0 ? 'redis' : 'ioredis',
      vendor: this.#vendorSettings,
      refreshes,
      wallOffsetMs: index === 0 ? wallOffsetMs : 0,
    };
  }

  get #vendorSettings(): VendorSettings {
    const vendor = this.#vendor;
    const { baseURL, tokenURL } = vendor;
    if (vendor instanceof FakeVerbit) return { api: 'verbit', account: { baseURL, tokenURL, apiKey: vendor.apiKey } };
    const { identity, key } = vendor;
    const { tokenLifetimeMs } = this.#settings;
    return { api: 'sparkfly', account: { baseURL, tokenURL, identity, key, tokenLifetimeMs } };
  }
}

async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const giveUpAt = performance.now() + WAIT_MS;
  while (!(await isSo())) {
    if (performance.now() > giveUpAt) throw new Error(`waited ${WAIT_MS / 1_000} s for ${what}`);
    await sleep(WAIT_STEP_MS);
  }
}
