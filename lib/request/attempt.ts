import type { Clock } from '../common/clock.js';

export interface Attempt<T> {
  /** What came within the time limit, or the time limit's error, or the error of `abort`. */
  readonly outcome: Promise<T>;
  /** What comes in the end, however late; never unhandled. */
  readonly answer: Promise<T>;
  abort(reason: Error): void;
}

export interface AttemptLimit {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** What a timeout is reported as. */
  readonly timeoutError: () => Error;
  /** Nobody waits for it by itself: its timer keeps no process alive. @default false */
  readonly background?: boolean;
}

/** Runs `work` once under a time limit. Work that ignores its signal is left behind. */
export function attempt<T>(work: (signal: AbortSignal) => Promise<T>, limit: AttemptLimit): Attempt<T> {
  const { clock, timeoutMs, timeoutError, background = false } = limit;
  const controller = new AbortController();
  let leaveBehind: (reason: Error) => void;
  const leftBehind = new Promise<never>((_, reject) => (leaveBehind = reject));
  let cancelTimer: () => void;
  const abort = (reason: Error): void => {
    cancelTimer();
    controller.abort(reason);
    // One turn of grace: work that heeds the signal tells better than we can what it was waiting for.
    cancelTimer = clock.schedule(() => leaveBehind(reason), 0);
  };
  cancelTimer = clock.schedule(() => abort(timeoutError()), timeoutMs, { background });
  const answer = (async () => work(controller.signal))();
  const outcome = Promise.race([answer, leftBehind]).finally(() => cancelTimer());
  answer.catch(() => {});
  leftBehind.catch(() => {});
  return { outcome, answer, abort };
}
