import type { Random } from '../common/backoff.js';
import { SLEEP_NOTICED_MS } from '../common/defaults.js';
import type { IssuedToken } from '../request/token-source.js';
import { AccessToken, type TokenFacts } from './access-token.js';
import { planLife, type RefreshPolicy } from './refresh-policy.js';

/** Where a token stands in its life; what a caller gets in each is in `token-cache.ts`. @publicApi */
export type TokenState = 'none' | 'fresh' | 'stale' | 'expiring' | 'expired';

/** When the attempt that brought a token began, on both clocks: its life counts from here. */
export interface AttemptStart {
  readonly sequence: number;
  readonly startedAt: number;
  readonly wallStartedAt: number;
}

/** A token with the times of its life on the monotonic clock, which no step of the wall clock moves. */
export class HeldToken implements TokenFacts {
  readonly token: AccessToken;
  /** Which attempt brought it: an older attempt's late answer never replaces a newer one's. */
  readonly sequence: number;
  readonly startedAt: number;
  readonly lifetimeMs: number;
  /** What was left of its life when it came: no new token would live longer. */
  readonly remainingOnArrivalMs: number;
  readonly staleAt: number;
  readonly expiringAt: number;
  /** The end of its life; not the token's `expiresAt`, which is wall time. */
  readonly endsAt: number;
  readonly source: TokenFacts['source'];
  verification: TokenFacts['verification'] = undefined;

  constructor(
    { value, lifetimeMs, from = 'vendor' }: IssuedToken,
    start: AttemptStart,
    arrivedAt: number,
    policy: RefreshPolicy,
    random: Random,
  ) {
    const { sequence, wallStartedAt } = start;
    const plan = planLife(lifetimeMs, policy, random);
    // Whole numbers: each of the others would be an object of its own, and there may be a hundred thousand of these.
    const startedAt = Math.floor(start.startedAt);
    this.token = new AccessToken(value, Math.round(wallStartedAt), Math.round(wallStartedAt + lifetimeMs), this);
    this.sequence = sequence;
    this.startedAt = startedAt;
    this.lifetimeMs = lifetimeMs;
    this.remainingOnArrivalMs = Math.floor(start.startedAt + lifetimeMs - arrivedAt);
    this.staleAt = startedAt + Math.floor(plan.staleAfterMs);
    this.expiringAt = startedAt + Math.floor(plan.expiringAfterMs);
    this.endsAt = startedAt + Math.floor(lifetimeMs);
    this.source = from;
  }
}

export function stateOf(held: HeldToken | undefined, now: number, wallNow: number): TokenState {
  if (!held) return 'none';
  if (now >= held.endsAt) return 'expired';
  // The monotonic clock stands still while a machine sleeps: the token is older than it seems.
  const hasSlept = wallNow - held.token.requestedAt - (now - held.startedAt) > SLEEP_NOTICED_MS;
  if (now >= held.expiringAt || hasSlept) return 'expiring';
  return now >= held.staleAt ? 'stale' : 'fresh';
}
