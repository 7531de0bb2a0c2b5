import type { Clock } from '../common/clock.js';
import type { AccountLabel } from '../common/errors.js';
import type { DueAttempt, TokenCache } from '../token/token-cache.js';

/** What the scheduler will do when, epoch milliseconds. @publicApi */
export interface UpcomingAttempt extends AccountLabel {
  readonly at: number;
  /** `request`: the first token; `refresh`: the next one, before the present one dies; `retry`: after a failure. */
  readonly action: DueAttempt['action'];
}

/** @publicApi */
export interface ScheduledOptions {
  /** Refresh before the end of life whether or not anybody calls; else only retry while the account is in use. */
  readonly keepFresh: boolean;
  /** Ask for the first token as well, before anybody calls. */
  readonly prefetch: boolean;
}

interface Entry extends ScheduledOptions {
  readonly tokens: TokenCache;
  due?: DueAttempt;
  cancel?: () => void;
}

/**
 * Keeps the configured accounts' tokens fresh: at every moment one planned attempt for each, made when due, planned
 * anew whatever its outcome. It cannot run dry: the cache tells of every change.
 *
 * @publicApi
 */
export class TokenRefreshScheduler {
  readonly #clock: Clock;
  readonly #entries = new Map<TokenCache, Entry>();
  #running = false;

  /** @internal */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes a cache into care; its attempts are planned from `start` on. @internal */
  add(tokens: TokenCache, options: ScheduledOptions): void {
    const entry: Entry = { tokens, ...options };
    this.#entries.set(tokens, entry);
    tokens.watch(() => this.#plan(entry));
    this.#plan(entry);
  }

  /** @internal */
  start(): void {
    this.#running = true;
    for (const entry of this.#entries.values()) this.#plan(entry);
  }

  /** Plans nothing any more; calls still get their tokens. @internal */
  stop(): void {
    this.#running = false;
    for (const entry of this.#entries.values()) this.#unplan(entry);
  }

  /** What is planned, the next first. */
  upcoming(): UpcomingAttempt[] {
    const offset = this.#clock.wallNow() - this.#clock.now();
    return [...this.#entries.values()]
      .flatMap(({ tokens, due }) =>
        due ? [{ ...tokens.label, at: Math.round(due.at + offset), action: due.action }] : [],
      )
      .sort((a, b) => a.at - b.at);
  }

  #plan(entry: Entry): void {
    this.#unplan(entry);
    const due = this.#running ? entry.tokens.due() : undefined;
    if (!due || !isWanted(due, entry)) return;
    const delayMs = due.at - this.#clock.now();
    if (delayMs <= 0) return entry.tokens.attend();
    entry.due = due;
    // Planned anew when the time has come: a timer may fire a little early.
    entry.cancel = this.#clock.schedule(() => this.#plan(entry), delayMs, { background: true });
  }

  #unplan(entry: Entry): void {
    entry.cancel?.();
    entry.cancel = entry.due = undefined;
  }
}

function isWanted({ action }: DueAttempt, { tokens, keepFresh, prefetch }: Entry): boolean {
  if (action === 'request') return prefetch;
  return keepFresh || (action === 'retry' && tokens.isInUse());
}
