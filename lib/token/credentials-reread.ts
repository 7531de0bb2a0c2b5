import type { Clock } from '../common/clock.js';
import type { Abortable } from '../common/light-abort.js';
import { outsideCalls } from '../common/outside-calls.js';
import { raceAbort } from '../common/race-abort.js';
import { type Attempt, attempt, type AttemptLimit } from '../request/attempt.js';
import type { TokenSource } from '../request/token-source.js';
import type { NotBefore } from './not-before.js';

/**
 * Reads the credentials again while they are refused: one that was mended must heal the account at the next call, and
 * not be read by every one of them.
 */
export class CredentialsReread {
  readonly #source: TokenSource;
  readonly #limit: AttemptLimit;
  readonly #onChanged: () => void;
  #reading: Attempt<boolean> | undefined;
  readonly #notBefore: NotBefore;

  /** @param onChanged told when they are others than those that were refused */
  constructor(source: TokenSource, limit: AttemptLimit, notBefore: NotBefore, onChanged: () => void) {
    this.#source = source;
    this.#limit = limit;
    this.#notBefore = notBefore;
    this.#onChanged = onChanged;
  }

  /** Waits for a reading, which all callers share and which happens at most once a second. Never fails by itself. */
  async read(signal: Abortable | undefined): Promise<void> {
    if (!this.#source.credentialsChanged) return;
    if (!this.#reading && this.#notBefore.mayReloadCredentials(this.#limit.clock.now()))
      outsideCalls(() => this.#start(this.#limit.clock));
    const done = this.#reading?.outcome.then(nothing, nothing);
    if (done) await (signal ? raceAbort(done, signal) : done);
  }

  abort(reason: Error): void {
    this.#reading?.abort(reason);
  }

  #start(clock: Clock): void {
    this.#notBefore.credentialsReloaded(clock.now());
    this.#reading = attempt(async (signal) => this.#source.credentialsChanged!(signal), this.#limit);
    this.#reading.outcome.then(
      (hasChanged) => this.#end(hasChanged),
      // A function that throws now is no changed secret: the refusal stands.
      () => this.#end(false),
    );
  }

  #end(hasChanged: boolean): void {
    this.#reading = undefined;
    if (hasChanged) this.#onChanged();
  }
}

const nothing = (): void => {};
