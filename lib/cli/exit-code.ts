import type { Outcome } from './diagnosis.js';

/** For scripts; the README and `--help` promise them. */
export const EXIT = {
  /** Every account has got a token. */
  accepted: 0,
  /** A vendor denied the request: the credentials are wrong, or the request as such. */
  denied: 1,
  /** The command line, a variable, a file or an option is wrong. */
  usage: 2,
  /** A vendor could not be reached, or was unavailable: it may pass. */
  unavailable: 3,
} as const;

/** Of several accounts the one that is furthest from mending itself decides. */
export function exitCodeOf(outcomes: readonly Outcome[]): number {
  if (outcomes.includes('misconfigured')) return EXIT.usage;
  if (outcomes.includes('denied')) return EXIT.denied;
  return outcomes.includes('unavailable') ? EXIT.unavailable : EXIT.accepted;
}
