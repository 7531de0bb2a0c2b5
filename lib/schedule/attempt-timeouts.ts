import type { SchedulerRegistry } from '@nestjs/schedule';
import { type Clock, LONGEST_TIMER_MS } from '../common/clock.js';
import { outsideCalls } from '../common/outside-calls.js';
import type { PlanObserver, UpcomingAttempt } from '../scheduler/token-refresh.scheduler.js';
import type { TokenCache } from '../token/token-cache.js';

/** What `SchedulerRegistry.getTimeout('auth-apis:sparkfly:east')` gives: a timer that does nothing. @publicApi */
export type AttemptTimeout = NodeJS.Timeout & {
  /** What it stands for, as `TokenRefreshScheduler.upcoming()` tells it. */
  readonly attempt: UpcomingAttempt;
};

/**
 * Shows planned attempts as timeouts in a `SchedulerRegistry`. They are there to be looked at: the attempts are the
 * scheduler's, and nothing hangs on these. Names that the app has taken stay the app's.
 */
export class AttemptTimeouts {
  readonly #registry: SchedulerRegistry;
  readonly #clock: Clock;
  readonly #names: ReadonlyMap<TokenCache, string>;
  readonly #shown = new Map<string, AttemptTimeout>();

  /** @param accounts whose attempts are shown */
  constructor(registry: SchedulerRegistry, clock: Clock, accounts: readonly TokenCache[]) {
    this.#registry = registry;
    this.#clock = clock;
    this.#names = new Map(accounts.map((tokens) => [tokens, nameOf(tokens)]));
  }

  /** Told by the scheduler. */
  readonly show: PlanObserver = (tokens, planned) => {
    const name = this.#names.get(tokens);
    if (name === undefined) return;
    this.#remove(name);
    if (planned) this.#add(name, planned);
  };

  #add(name: string, attempt: () => UpcomingAttempt): void {
    if (this.#registry.doesExist('timeout', name)) return;
    const timeout = outsideCalls(() => idleTimeout(attempt().at - this.#clock.wallNow()));
    const shown = Object.defineProperty(timeout, 'attempt', { enumerable: true, get: attempt }) as AttemptTimeout;
    this.#shown.set(name, shown);
    this.#registry.addTimeout(name, shown);
  }

  /** The registry keeps the name of a timeout that has fired, and throws at one it does not have: at shutdown, say. */
  #remove(name: string): void {
    const timeout = this.#shown.get(name);
    if (!timeout) return;
    this.#shown.delete(name);
    const isOurs = this.#registry.doesExist('timeout', name) && this.#registry.getTimeout(name) === timeout;
    if (isOurs) this.#registry.deleteTimeout(name);
  }
}

const nameOf = ({ label: { api, account } }: TokenCache): string => `auth-apis:${api}:${account}`;

/** Keeps no process alive; one that is too long for Node is set again until somebody clears it. */
function idleTimeout(delayMs: number): NodeJS.Timeout {
  const timeout = setTimeout(
    () => delayMs > LONGEST_TIMER_MS && timeout.refresh(),
    Math.min(delayMs, LONGEST_TIMER_MS),
  );
  timeout.unref();
  return timeout;
}
