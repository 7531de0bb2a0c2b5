import type { Outcome } from './diagnosis.js';

/** For scripts; the README and `--help` promise them. */
export const EXIT = {
  /** Every account has got a token. */
  accepted: 0,
  /** A vendor said no to credentials or request, and will again. */
  refused: 1,
  /** The command line, a variable, a file or an option is wrong. */
  usage: 2,
  /** A vendor could not be reached, or was in trouble: it may pass. */
  trouble: 3,
} as const;

/** Of several accounts the one that is furthest from mending itself decides. */
export function exitCodeOf(outcomes: readonly Outcome[]): number {
  if (outcomes.includes('misconfigured')) return EXIT.usage;
  if (outcomes.includes('refused')) return EXIT.refused;
  return outcomes.includes('trouble') ? EXIT.trouble : EXIT.accepted;
}
