import { ManualClock } from 'nestjs-auth-apis/testing';

/**
 * A `ManualClock` that moves on only when the servers have done what they mean to do: no patience of so many
 * milliseconds, so that a busy machine measures the same as an idle one.
 */
export class PatientClock extends ManualClock {
  /** Exchanges under way. */
  pending = 0;
  /** How many of those the servers will never answer. */
  heldBack: () => number = () => 0;
  readonly #dueAt = new Set<{ readonly at: number }>();

  override whileBusy(work: Promise<unknown>): void {
    this.pending++;
    const forget = (): void => void this.pending--;
    work.then(forget, forget);
  }

  override schedule(callback: () => void, delayMs: number): () => void {
    const timer = { at: this.now() + Math.max(0, delayMs) };
    this.#dueAt.add(timer);
    const cancel = super.schedule(() => {
      this.#dueAt.delete(timer);
      callback();
    }, delayMs);
    return () => {
      this.#dueAt.delete(timer);
      cancel();
    };
  }

  override async advance(ms: number): Promise<void> {
    const target = this.now() + ms;
    await this.settle();
    for (let next = this.#next(); next <= target; next = this.#next()) {
      await super.advance(Math.max(0, next - this.now()));
      await this.settle();
    }
    await super.advance(target - this.now());
    await this.settle();
  }

  /** Lets timer after timer run until something holds. */
  async advanceUntil(holds: () => boolean, limitMs: number): Promise<void> {
    const target = this.now() + limitMs;
    await this.settle();
    while (!holds() && this.#next() <= target) {
      await super.advance(Math.max(0, this.#next() - this.now()));
      await this.settle();
    }
    if (!holds()) throw new Error(`it did not come to pass within ${limitMs} ms of clock time`);
  }

  /** Waits, in real time, until every exchange has ended or is held back for good. */
  async settle(): Promise<void> {
    const giveUpAt = performance.now() + 10_000;
    await turns();
    for (let round = 0; this.pending !== this.heldBack(); round++) {
      if (performance.now() > giveUpAt) throw new Error(`${this.pending} requests neither end nor are held back`);
      if (round > 20) await new Promise((resolve) => setTimeout(resolve, 1));
      await turns();
    }
  }

  #next(): number {
    return Math.min(...[...this.#dueAt].map(({ at }) => at));
  }
}

/** Whatever can happen without I/O has happened. */
async function turns(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}
