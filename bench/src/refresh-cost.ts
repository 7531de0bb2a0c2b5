import type { Clock, IssuedToken } from 'nestjs-auth-apis';
import { TokenCache, TokenRefreshScheduler } from 'nestjs-auth-apis';
import { quantile } from './meters/samples.js';

const HOUR_MS = 3_600_000;
/** Refreshes that are timed, however many accounts there are: the same work, among more of its kind. */
const TIMED = 20_000;
/** A heap of a hundred thousand accounts is collected now and then, which one part of the work pays for. */
const PARTS = 5;

/** What the package does not show: the module is the one that calls these. */
type Scheduler = TokenRefreshScheduler & {
  add(tokens: TokenCache, options: { keepFresh: 'always'; prefetch: boolean }): void;
  start(): void;
  stop(): void;
};

/** Refreshes so many accounts through the real scheduler, on a clock of its own and from a vendor that answers at once. */
export async function refreshCost(
  accounts: number,
): Promise<{ refreshMicros: number; mostAtOnce: number; mostInAMinute: number }> {
  const clock = new VirtualClock();
  const perMinute = new Map<number, number>();
  let running = 0;
  let mostAtOnce = 0;
  let refreshes = 0;
  const fetch = async (): Promise<IssuedToken> => {
    mostAtOnce = Math.max(mostAtOnce, ++running);
    refreshes++;
    const minute = Math.floor(clock.now() / 60_000);
    perMinute.set(minute, (perMinute.get(minute) ?? 0) + 1);
    await Promise.resolve();
    running--;
    return { value: `token ${refreshes}`, lifetimeMs: HOUR_MS };
  };
  const scheduler = new (TokenRefreshScheduler as unknown as new (clock: Clock) => Scheduler)(clock);
  for (let i = 0; i < accounts; i++) {
    const tokens = new TokenCache({ fetch }, { clock, label: { api: 'sparkfly', account: `tenant-${i}` } });
    await tokens.get();
    scheduler.add(tokens, { keepFresh: 'always', prefetch: false });
  }
  scheduler.start();
  // One life of every token, for the plans to spread and the code to be compiled.
  await clock.runUntil(() => refreshes >= 2 * accounts);
  mostAtOnce = 0;
  perMinute.clear();
  const micros: number[] = [];
  for (let part = 0; part < PARTS; part++) {
    const before = { refreshes, cpu: process.cpuUsage() };
    await clock.runUntil(() => refreshes >= before.refreshes + TIMED);
    const { user, system } = process.cpuUsage(before.cpu);
    micros.push((user + system) / (refreshes - before.refreshes));
  }
  scheduler.stop();
  const refreshMicros = Math.round(quantile(micros, 0.5) * 10) / 10;
  return { refreshMicros, mostAtOnce, mostInAMinute: Math.max(...perMinute.values()) };
}

/** Moves from timer to timer, and lets promises settle in between. */
class VirtualClock implements Clock {
  #now = 0;
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>();

  now(): number {
    return this.#now;
  }

  wallNow(): number {
    return 1_800_000_000_000 + this.#now;
  }

  schedule(callback: () => void, delayMs: number): () => void {
    const timer = { at: this.#now + Math.max(0, delayMs), callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  async runUntil(isDone: () => boolean): Promise<void> {
    while (!isDone()) {
      const next = [...this.#timers].reduce((first, timer) => (timer.at < first.at ? timer : first));
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      for (let i = 0; i < 12; i++) await Promise.resolve();
    }
  }
}
