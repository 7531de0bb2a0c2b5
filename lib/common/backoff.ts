/** A number in [0, 1), as `Math.random` gives; a parameter wherever chance plays a part. */
export type Random = () => number;

export interface BackoffOptions {
  readonly initialMs: number;
  readonly maxMs: number;
  /** The part of the pause that chance may take away, 0 to 1. */
  readonly jitter: number;
}

/** The pause after the n-th failure in a row (n from 1): doubling, capped, shortened by chance. */
export function backoffMs(failures: number, { initialMs, maxMs, jitter }: BackoffOptions, random: Random): number {
  // 2 ** 1024 is Infinity, and min() of that still the cap: no failure count is too large.
  return Math.min(maxMs, initialMs * 2 ** (failures - 1)) * (1 - jitter * random());
}
