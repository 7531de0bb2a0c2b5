import type { Clock } from '../common/clock.js';
import { REFRESH_CONCURRENCY } from '../common/defaults.js';
import type { AccountLabel } from '../common/errors.js';
import type { DueAttempt, TokenCache } from '../token/token-cache.js';
import { AttemptQueue, type PlannedAttempt } from './attempt-queue.js';
import { type ScheduledOptions, ScheduledToken } from './scheduled-token.js';

/** What the scheduler will do when, epoch milliseconds. @publicApi */
export interface UpcomingAttempt extends AccountLabel {
  readonly at: number;
  /** `request`: the first token; `refresh`: the next one, before the present one dies; `retry`: after a failure. */
  readonly action: DueAttempt['action'];
}

/**
 * Told of each plan as it is made or taken back: what holds for the token from now on. To be read when somebody looks, for
 * a moment is called otherwise once the wall clock was set.
 */
export type PlanObserver = (tokens: TokenCache, planned: (() => UpcomingAttempt) | undefined) => void;

/** One API's attempts: those planned, and how many are under way. Retries stand apart, so that they hold up nobody. */
interface Lane {
  readonly refreshes: AttemptQueue<ScheduledToken>;
  readonly retries: AttemptQueue<ScheduledToken>;
  running: number;
  runningRetries: number;
}

/**
 * Keeps tokens fresh: at every moment one planned attempt for each, made when due, planned anew whatever its outcome. It
 * cannot run dry: the cache tells of every change. One timer for all of them, and no more than so many requests at once.
 *
 * @publicApi
 */
export class TokenRefreshScheduler {
  readonly #clock: Clock;
  readonly #concurrency: number;
  readonly #lanes = new Map<string, Lane>();
  /** Those taken into care before the start. */
  #waiting: ScheduledToken[] | undefined = [];
  readonly #onChange = (token: ScheduledToken): void => this.#changed(token);
  #stopped = false;
  #isRunning = false;
  #timer: { readonly at: number; readonly cancel: () => void } | undefined;
  #observer: PlanObserver | undefined;

  /** @internal */
  constructor(clock: Clock, concurrency = REFRESH_CONCURRENCY) {
    this.#clock = clock;
    this.#concurrency = concurrency;
  }

  /** Takes a cache into care; its attempts are planned from `start` on. @internal */
  add(tokens: TokenCache, options: ScheduledOptions): void {
    const token = new ScheduledToken(tokens, options, this.#onChange);
    tokens.watch(token);
    if (this.#waiting) this.#waiting.push(token);
    else this.#changed(token);
  }

  /** Looks after it no more. @internal */
  remove(tokens: TokenCache): void {
    const watcher = tokens.watch(undefined);
    if (!(watcher instanceof ScheduledToken)) return;
    this.#unplan(watcher);
    this.#leave(watcher);
    if (this.#waiting) this.#waiting = this.#waiting.filter((token) => token !== watcher);
    else if (!this.#stopped) this.#run(); // it may have held a place
  }

  /** @internal */
  start(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const token of waiting) this.#plan(token);
    this.#run();
  }

  /** Plans nothing any more; calls still get their tokens. @internal */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const { token } of this.#planned()) this.#unplan(token);
  }

  /**
   * Tells `observer` of every change of `upcoming()`; one observer at a time, before the start.
   *
   * @internal
   */
  observe(observer: PlanObserver): void {
    this.#observer = observer;
  }

  /** What is planned, the next first. */
  upcoming(): UpcomingAttempt[] {
    const offset = this.#wallOffset();
    return [...this.#planned()].map((planned) => shown(planned, offset)).sort((a, b) => a.at - b.at);
  }

  *#planned(): IterableIterator<PlannedAttempt<ScheduledToken>> {
    for (const { refreshes, retries } of this.#lanes.values()) yield* [...refreshes, ...retries];
  }

  #wallOffset(): number {
    return this.#clock.wallNow() - this.#clock.now();
  }

  #changed(token: ScheduledToken): void {
    if (token.running && !token.tokens.isAttempting) this.#leave(token);
    if (this.#stopped || this.#waiting) return;
    this.#plan(token);
    this.#run();
  }

  #plan(token: ScheduledToken): void {
    token.unplan();
    const due = token.tokens.due();
    if (due && token.wants(due)) {
      const { refreshes, retries } = this.#laneOf(token);
      token.queue = due.action === 'retry' ? retries : refreshes;
      token.queue.plan(token, due);
    }
    this.#tell(token);
  }

  #unplan(token: ScheduledToken): void {
    token.unplan();
    this.#tell(token);
  }

  #tell({ tokens, planned }: Pick<ScheduledToken, 'tokens' | 'planned'>): void {
    try {
      this.#observer?.(tokens, planned && (() => shown(planned, this.#wallOffset())));
    } catch {
      // An observer's mistake is not the token's.
    }
  }

  /** Makes what is due and may be made; the rest waits for its time, or for a place. */
  #run(): void {
    if (this.#isRunning) return; // an attempt that begins tells of itself, in the middle of this
    this.#isRunning = true;
    const now = this.#clock.now();
    for (const lane of this.#lanes.values()) {
      for (let next = this.#possible(lane); next && next.due.at <= now; next = this.#possible(lane)) {
        this.#attend(lane, next);
      }
    }
    this.#isRunning = false;
    this.#arm();
  }

  /** The next attempt of a lane that there is a place for. */
  #possible({ refreshes, retries, running, runningRetries }: Lane): PlannedAttempt<ScheduledToken> | undefined {
    if (running >= this.#concurrency) return undefined;
    const refresh = refreshes.next();
    const retry = runningRetries < Math.max(1, Math.floor(this.#concurrency / 2)) ? retries.next() : undefined;
    return !retry || (refresh && refresh.due.at <= retry.due.at) ? refresh : retry;
  }

  #attend(lane: Lane, { token, due }: PlannedAttempt<ScheduledToken>): void {
    this.#unplan(token);
    // It may no longer be wanted: an account out of use is let go until its next call.
    if (!token.wants(due)) return;
    token.running = due.action;
    lane.running++;
    if (due.action === 'retry') lane.runningRetries++;
    token.tokens.attend();
    if (!token.tokens.isAttempting) {
      this.#leave(token);
      this.#plan(token);
    }
  }

  #leave(token: ScheduledToken): void {
    if (!token.running) return;
    const lane = this.#laneOf(token);
    lane.running--;
    if (token.running === 'retry') lane.runningRetries--;
    token.running = undefined;
  }

  #laneOf({ tokens }: ScheduledToken): Lane {
    const { api } = tokens.label;
    let lane = this.#lanes.get(api);
    if (!lane) {
      lane = { refreshes: new AttemptQueue(), retries: new AttemptQueue(), running: 0, runningRetries: 0 };
      this.#lanes.set(api, lane);
    }
    return lane;
  }

  #arm(): void {
    const times = [...this.#lanes.values()].flatMap((lane) => this.#possible(lane)?.due.at ?? []);
    const at = Math.min(...times);
    if (at === this.#timer?.at) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (at === Infinity) return;
    const fire = (): void => {
      this.#timer = undefined;
      this.#run();
    };
    this.#timer = { at, cancel: this.#clock.schedule(fire, at - this.#clock.now(), { background: true }) };
  }
}

const shown = ({ token, due: { at, action } }: PlannedAttempt<ScheduledToken>, offset: number): UpcomingAttempt => ({
  ...token.tokens.label,
  at: Math.round(at + offset),
  action,
});
