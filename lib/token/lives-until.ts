import type { AccessToken } from './access-token.js';

/** Until when a token can be counted on: its end, or the age at which tokens really die, unless this one has outlived that. */
export function livesUntil(
  { receivedAt, expiresAt }: Pick<AccessToken, 'receivedAt' | 'expiresAt'>,
  learnedMs: number | undefined,
  wallNow: number,
): number {
  const diesAt = Math.min(expiresAt, receivedAt + (learnedMs ?? Infinity));
  return diesAt > wallNow ? diesAt : expiresAt;
}
