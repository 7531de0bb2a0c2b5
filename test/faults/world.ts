import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { AuthApisOptions, VerbitOptions } from 'nestjs-auth-apis';
import { AuthApis, AuthApisModule, SparkflyClient, VerbitClient } from 'nestjs-auth-apis';
import { firstValueFrom } from 'rxjs';
import { FaultyServer } from './faulty-server.js';
import { PatientClock } from './patient-clock.js';
import { Vendor } from './vendor.js';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const LIFETIME_MS = HOUR;

/** What chance makes of every pause. */
export const LONGEST_PAUSES = 0;
export const SHORTEST_PAUSES = 1 - Number.EPSILON;

export interface WorldOptions {
  readonly vendor?: 'verbit' | 'sparkfly';
  readonly account?: Partial<VerbitOptions>;
  readonly options?: AuthApisOptions;
}

/** A running Nest app, the two servers of its vendor, the names they have, and the time that passes for all. */
export class World {
  readonly clock = new PatientClock();
  readonly vendor = new Vendor(LIFETIME_MS, () => this.clock.now());
  /** Host names that nobody can resolve. */
  readonly lostNames = new Set<string>();
  /** What `Math.random` is for the app. */
  chance = LONGEST_PAUSES;
  /** When token requests failed, monotonic. */
  readonly failedAt: number[] = [];
  readonly refreshedAt: number[] = [];
  readonly calls: Call[] = [];
  tokenServer!: FaultyServer;
  apiServer!: FaultyServer;
  client!: VerbitClient | SparkflyClient;
  app!: INestApplicationContext;

  static async open(given: WorldOptions = {}): Promise<World> {
    const world = new World();
    world.tokenServer = await FaultyServer.start(world.vendor.tokenEndpoint);
    world.apiServer = await FaultyServer.start(world.vendor.api);
    world.clock.heldBack = () => world.tokenServer.held + world.apiServer.held;
    world.app = await world.#boot(given);
    world.client = world.app.get<VerbitClient | SparkflyClient>(
      given.vendor === 'sparkfly' ? SparkflyClient : VerbitClient,
    );
    world.app.get(AuthApis).events$.subscribe(({ type }) => {
      if (type === 'tokenRequestFailed' || type === 'tokenRequestDenied') world.failedAt.push(world.clock.now());
      if (type === 'tokenObtained') world.refreshedAt.push(world.clock.now());
    });
    return world;
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.tokenServer.close();
    await this.apiServer.close();
  }

  /** Leaves an idle connection to the token endpoint in the pool, and no token at hand. */
  async openConnection(): Promise<void> {
    await (this.client as VerbitClient).authentication.auth();
    await this.clock.settle();
  }

  /** Token requests as the client counts them: also those that never arrive. */
  get tokenRequests(): number {
    return this.client.tokens.status().counters.tokenRequests;
  }

  /**
   * Begins a call and tells what became of it so far, in clock time; does not move the clock. With patience, which is
   * in real time, waits for the end of it.
   */
  async call(patience?: { readonly timeout: number; readonly signal: AbortSignal }): Promise<Call> {
    const call: Call = { startedAt: this.clock.now() };
    this.calls.push(call);
    const end = (outcome: string) => Object.assign(call, { outcome, tookMs: this.clock.now() - call.startedAt });
    call.end = firstValueFrom(this.client.get<unknown>('/orders/7', patience)).then(
      ({ status, data }) => end(typeof data === 'object' ? String(status) : `${status} ${kindOf(data)}`),
      (error: Failure) => {
        call.error = error;
        const { status = 0 } = error.response ?? {};
        // An answer that broke off has a status as well.
        end(status >= 300 ? String(status) : String(error.code));
      },
    );
    if (!patience) await this.clock.settle();
    else await call.end;
    return call;
  }

  async #boot({ vendor = 'verbit', account, options }: WorldOptions): Promise<INestApplicationContext> {
    const common = {
      baseURL: `http://api.faults.invalid:${this.apiServer.port}/api/v1`,
      tokenURL: `http://auth.faults.invalid:${this.tokenServer.port}/auth`,
      allowInsecure: true,
      http: { proxy: false as const, lookup: async (name: string) => this.#resolve(name), maxContentLength: 1_000_000 },
    };
    const accounts: AuthApisOptions =
      vendor === 'sparkfly'
        ? { sparkfly: { ...common, identity: 'me', key: 'fault-key', tokenLifetimeMs: LIFETIME_MS } }
        : { verbit: { ...common, apiKey: 'fault-key', ...account } };
    const testing = await Test.createTestingModule({
      imports: [
        AuthApisModule.forRoot({
          prefetch: 'none',
          clock: this.clock,
          random: () => this.chance,
          ...options,
          ...accounts,
        }),
      ],
    }).compile();
    testing.useLogger(false);
    return testing.init();
  }

  #resolve(name: string): string {
    if (this.lostNames.has(name))
      throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' });
    return '127.0.0.1';
  }
}

interface Failure extends Error {
  readonly code?: string;
  readonly retryAt?: number;
  readonly response?: { readonly status: number };
}

/** A call, and what has become of it. */
export interface Call {
  readonly startedAt: number;
  end?: Promise<unknown>;
  /** The status, or the code of the error without one. */
  outcome?: string;
  tookMs?: number;
  error?: Failure;
}

/** What a caller finds in an answer that is not JSON. */
function kindOf(data: unknown): string {
  if (data === '') return 'empty';
  return String(data).includes('<html') ? 'HTML' : 'text';
}
