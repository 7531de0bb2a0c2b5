import type { DueAttempt, TokenCache, TokenWatcher } from '../token/token-cache.js';
import type { AttemptQueue, PlannedAttempt } from './attempt-queue.js';

/** What the scheduler is to do for a token. */
export interface ScheduledOptions {
  /**
   * Refresh before the end of life: `'always'`, whether or not anybody calls; `'while used'`, when the token was asked
   * for within its life; `false`, only retry what failed while the account is in use.
   */
  readonly keepFresh: 'always' | 'while used' | false;
  /** Ask for the first token as well, before anybody calls. */
  readonly prefetch: boolean;
}

/** A token that the scheduler looks after. */
export class ScheduledToken implements TokenWatcher {
  readonly tokens: TokenCache;
  readonly options: ScheduledOptions;
  planned: PlannedAttempt<ScheduledToken> | undefined;
  /** Where it is planned. */
  queue: AttemptQueue<ScheduledToken> | undefined;
  /** What the scheduler is doing for it right now. */
  running: DueAttempt['action'] | undefined;
  readonly #onChange: (token: ScheduledToken) => void;

  constructor(tokens: TokenCache, options: ScheduledOptions, onChange: (token: ScheduledToken) => void) {
    this.tokens = tokens;
    this.options = options;
    this.#onChange = onChange;
  }

  get hasPlan(): boolean {
    return this.planned !== undefined;
  }

  tokenChanged(): void {
    this.#onChange(this);
  }

  seesToRefresh(): boolean {
    const isSeenTo = (): boolean => this.planned !== undefined || this.running !== undefined;
    if (!isSeenTo()) this.#onChange(this); // it was let go when nobody used it
    return isSeenTo();
  }

  /** Whether the scheduler is to make this attempt. */
  wants({ action }: DueAttempt): boolean {
    const { keepFresh, prefetch } = this.options;
    if (action === 'request') return prefetch;
    if (keepFresh === 'always') return true;
    return (action === 'retry' || keepFresh === 'while used') && this.tokens.isInUse();
  }

  unplan(): void {
    this.queue?.cancel(this);
    this.queue = undefined;
  }
}
