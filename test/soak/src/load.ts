import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { isAxiosError, isCancel, type AxiosResponse } from 'axios';
import { isAuthApisError, type SparkflyClient, type VerbitClient } from 'nestjs-auth-apis';
import { firstValueFrom, take, timer, takeUntil } from 'rxjs';
import type { Chance } from './chance.js';
import type { Checks } from './checks.js';
import { RULES } from './rules.js';
import type { Secrets } from './secrets.js';
import { ACCOUNT_HEADER } from './wire-watch.js';
import type { Seat, World } from './world.js';

/** Longest wait for a token, clock milliseconds; the module's default. */
const TOKEN_WAIT_TIMEOUT_MS = 10_000;
/** A busy machine; what hangs, hangs for good. */
const SLACK_MS = 2_000;
/** One failure in so many is looked at for secrets: showing all of an error takes a millisecond or more. */
const LOOKED_AT = 8;

type Client = VerbitClient | SparkflyClient;

/** One kind of call. */
interface Deed {
  readonly boundMs: number;
  readonly run: () => Promise<unknown>;
}

/** Callers that call, at random, until told to rest. */
export class Load {
  readonly #world: World;
  readonly #chance: Chance;
  readonly #checks: Checks;
  readonly #secrets: Secrets;
  readonly #strangerOrigin: string;
  #isResting = false;
  #underWay = 0;
  calls = 0;
  failures = 0;
  readonly outcomes = new Map<string, number>();

  constructor(world: World, chance: Chance, checks: Checks, secrets: Secrets, strangerOrigin: string) {
    this.#world = world;
    this.#chance = chance;
    this.#checks = checks;
    this.#secrets = secrets;
    this.#strangerOrigin = strangerOrigin;
  }

  start(callers: number): void {
    this.#isResting = false;
    for (let i = 0; i < callers; i++) void this.#callAndCall();
  }

  /** No further call; those under way end. */
  async rest(): Promise<void> {
    this.#isResting = true;
    while (this.#underWay > 0) await sleep(10);
  }

  async #callAndCall(): Promise<void> {
    this.#underWay++;
    while (!this.#isResting) {
      const seat = this.#chance.of(this.#world.seats);
      await this.#do(this.#choose(seat, this.#world.client(seat)), seat);
      await sleep(this.#chance.is(0.8) ? this.#chance.int(0, 10) : this.#chance.int(10, 150));
    }
    this.#underWay--;
  }

  async #do({ boundMs, run }: Deed, seat: Seat): Promise<void> {
    const startedAt = performance.now();
    const late = setTimeout(() => {
      this.#checks.that(RULES.calls, false, () => `${seat.id}: not after ${boundMs} ms (${String(run)})`);
    }, boundMs + SLACK_MS);
    this.calls++;
    try {
      await run();
      this.#count('succeeded');
    } catch (error) {
      this.#failed(error, seat);
    }
    clearTimeout(late);
    const tookMs = performance.now() - startedAt;
    if (tookMs <= boundMs + SLACK_MS) this.#checks.that(RULES.calls, true, () => '');
  }

  #failed(error: unknown, seat: Seat): void {
    this.failures++;
    const isTyped = isAuthApisError(error) || isAxiosError(error) || isCancel(error) || error === OWN_REASON;
    const shown = (): string => `${seat.id}: ${inspect(error, { depth: 2 }).slice(0, 600)}`;
    this.#checks.that(RULES.typed, isTyped || (error as Error).name === 'EmptyError', shown);
    this.#count(nameOf(error));
    if (!this.#chance.is(1 / LOOKED_AT)) return;
    const found = this.#secrets.shownBy(error);
    this.#checks.that(RULES.secrets, found === undefined, () => `${seat.id}, an error: ${found}`);
  }

  #count(outcome: string): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }

  #choose(seat: Seat, client: Client): Deed {
    const chance = this.#chance;
    const timeout = chance.int(400, 2_500);
    const path = seat.api === 'verbit' ? '/orders/1' : '/offers';
    const boundMs = timeout + this.#real(TOKEN_WAIT_TIMEOUT_MS);
    const api = (run: () => Promise<unknown>): Deed => ({ boundMs, run });
    const token = (run: () => Promise<unknown>): Deed => ({ boundMs: this.#real(TOKEN_WAIT_TIMEOUT_MS), run });
    return chance.weighted<() => Deed>([
      [30, () => api(() => firstValueFrom(client.get(path, { timeout })))],
      [10, () => api(() => this.#postText(client, timeout))],
      [6, () => api(() => this.#postStream(client, timeout))],
      [4, () => api(() => firstValueFrom(client.get(path, { timeout, signal: soon(chance.int(0, 200)) })))],
      [4, () => api(() => firstValueFrom(client.get(path, { timeout }).pipe(takeUntil(timer(chance.int(0, 100))))))],
      [3, () => api(() => firstValueFrom(client.get(path, { timeout, authApis: { retry: false } }).pipe(take(1))))],
      [3, () => api(() => this.#asAnother(seat, client, timeout))],
      [3, () => api(() => firstValueFrom(client.get(this.#strangerOrigin, { timeout })))],
      [8, () => token(() => client.tokens.get())],
      [2, () => token(() => client.tokens.get({ signal: soon(chance.int(0, 100)) }))],
      [1, () => token(() => seat.watch.byHand(() => client.tokens.get({ minRemainingMs: chance.int(0, 60_000) })))],
      [1, () => token(() => seat.watch.byHand(() => client.tokens.refresh()))],
      [1, () => token(async () => this.#throwAway(client))],
      [1, () => token(async () => this.#lookAround())],
    ])();
  }

  async #postText(client: Client, timeout: number): Promise<void> {
    const sent = JSON.stringify({ text: 'ä'.repeat(this.#chance.int(0, 2_000)), n: this.#chance.next() });
    const headers = { 'Content-Type': 'application/json' };
    this.#sameBody(await firstValueFrom(client.post<Echo>('/echo', sent, { timeout, headers })), sent);
  }

  async #postStream(client: Client, timeout: number): Promise<void> {
    const sent = 'part '.repeat(this.#chance.int(1, 2_000));
    this.#sameBody(await firstValueFrom(client.post<Echo>('/echo', Readable.from([sent]), { timeout })), sent);
  }

  #sameBody({ data }: AxiosResponse<Partial<Echo> | undefined>, sent: string): void {
    // A scripted 200 is no echo.
    if (data?.method === undefined) return;
    this.#checks.that(RULES.bodies, data.body === sent, () => `sent ${sent.length}, arrived ${data.body?.length}`);
  }

  /** The token of another account of the same vendor, over this client. */
  #asAnother(seat: Seat, client: Client, timeout: number): Promise<unknown> {
    const other = this.#chance.of(this.#world.seats.filter(({ vendor }) => vendor === seat.vendor));
    const headers = { [ACCOUNT_HEADER]: other.id };
    const authApis = { account: other.name ?? 'default' };
    return firstValueFrom(client.get('/echo', { timeout, headers, authApis }));
  }

  #throwAway(client: Client): void {
    const token = client.tokens.peek();
    if (token) client.tokens.invalidate(token);
  }

  #lookAround(): void {
    this.#world.looksForSecrets('the statuses', JSON.stringify(this.#world.apis.statuses()));
  }

  /** What a time of the world's clock is in real time. */
  #real(ms: number): number {
    return ms / this.#world.clock.factor;
  }
}

interface Echo {
  readonly method: string;
  readonly body: string;
}

const OWN_REASON = new Error('the caller has lost interest');

function soon(ms: number): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(OWN_REASON), ms);
  return controller.signal;
}

function nameOf(error: unknown): string {
  const { name, code, response } = error as { name: string; code?: string; response?: { status: number } };
  return response ? `status ${response.status}` : `${name} ${code ?? ''}`.trim();
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
