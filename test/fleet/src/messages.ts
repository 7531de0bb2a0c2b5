// What the coordinator and its replicas say to each other, over Node's own IPC.
import type { SparkflyOptions, VerbitOptions } from 'nestjs-auth-apis';

/** How a replica is set up for a scenario. */
export interface ReplicaSettings {
  readonly name: string;
  /** Both clients prove themselves in one fleet. */
  readonly redisClient: 'redis' | 'ioredis';
  readonly redisPort: number;
  readonly prefix: string;
  readonly encryptionKey: string;
  readonly vendor: VendorSettings;
  /** How far its wall clock is off. */
  readonly wallOffsetMs: number;
  /** Whether tokens are refreshed before their end. */
  readonly refreshes: boolean;
}

export type VendorSettings =
  | { readonly api: 'sparkfly'; readonly account: SparkflyOptions }
  | { readonly api: 'verbit'; readonly account: VerbitOptions };

/** How many calls. Each `httpEvery`th of them is a real one of the vendor's API, the others are `tokens.get()`. */
export interface Amount {
  readonly calls: number;
  readonly httpEvery: number;
}

/** How calls ended: how many were answered, and how often each reason was given by the others. */
export interface Outcome {
  readonly answered: number;
  /** How many of those answered were HTTP calls. */
  readonly answeredHttp: number;
  readonly failed: Readonly<Record<string, number>>;
}

export interface ReplicaState {
  readonly name: string;
  /** Whether it is asking the vendor for a token. */
  readonly isAsking: boolean;
  /** Whether its Redis client has a connection. */
  readonly isConnected: boolean;
  /** Tokens that it took over from another replica. */
  readonly tokensTakenOver: number;
  /** What it said when it lost its Redis. */
  readonly storeProblems: readonly string[];
}

/** What a replica can be told to do. */
export interface Deeds {
  start: { readonly told: ReplicaSettings; readonly answers: null };
  /** Calls, all at once. */
  burst: { readonly told: Amount; readonly answers: Outcome };
  /** Calls, evenly over a time. */
  stream: { readonly told: Amount & { readonly overMs: number }; readonly answers: Outcome };
  state: { readonly told: null; readonly answers: ReplicaState };
  stop: { readonly told: null; readonly answers: null };
}

export type DeedName = keyof Deeds;

export interface Order<Name extends DeedName = DeedName> {
  readonly id: number;
  readonly deed: Name;
  readonly told: Deeds[Name]['told'];
}

export type Report =
  | { readonly id: number; readonly answer: Deeds[DeedName]['answers'] }
  | { readonly id: number; readonly problem: string };

/** Sent once, by a replica that has loaded all of its code. */
export const READY = 'ready';
