import { durationText } from '../common/messages.js';
import type { Overheard } from './overhearing.adapter.js';

/** How far the vendor's clock is from the one here. */
export interface ClockDifference {
  /** Above 0 the vendor's is ahead. */
  readonly differenceMs: number;
  /** How exact that is: a `Date` is cut to the second, and an answer takes its time. */
  readonly precisionMs: number;
}

const SECOND_MS = 1_000;

/**
 * By the answer's `Date`, else by when its token was issued.
 *
 * @param issuedAt epoch milliseconds of the vendor's clock
 */
export function clockDifference(
  { date, sentAt, durationMs }: Overheard,
  issuedAt: number | undefined,
): ClockDifference | undefined {
  const dated = Date.parse(date ?? '');
  const theirs = Number.isNaN(dated) ? issuedAt : dated;
  if (theirs === undefined) return undefined;
  // Half a second is what cutting takes off on average; half the round trip, how old the answer is.
  const ours = sentAt + durationMs / 2;
  return {
    differenceMs: Math.round(theirs + SECOND_MS / 2 - ours),
    precisionMs: Math.round((SECOND_MS + durationMs) / 2),
  };
}

export function clockText(clock: ClockDifference | undefined): string {
  if (!clock) return 'not told';
  const difference = Math.abs(clock.differenceMs);
  if (difference <= Math.max(clock.precisionMs, SECOND_MS)) {
    return clock.precisionMs <= SECOND_MS ? 'within a second' : `within ${durationText(clock.precisionMs)}`;
  }
  return `${durationText(difference)} ${clock.differenceMs > 0 ? 'ahead' : 'behind'}`;
}
