import { type ClockDifference, clockDifference } from './clock-difference.js';
import type { NameOf } from './configuration.js';
import { contractOf } from './contract.js';
import { diagnose, type Outcome, outcomeOf, type Problem } from './diagnosis.js';
import type { Overheard } from './overhearing.adapter.js';
import type { Probe } from './probe.js';
import type { TokenLife } from './token-life.js';
import type { World } from './world.js';

/** What `check` tells of one account: what `--json` prints, field by field. Holds no secret. */
export interface AccountReport {
  readonly api: string;
  readonly account: string;
  readonly outcome: Outcome;
  /** Whether anybody answered, in whole or in part; absent when nobody was asked. */
  readonly reachable?: boolean;
  /** Whether a token came. */
  readonly accepted: boolean;
  /** What was spoken, for the vendors that have several. */
  readonly contract?: string;
  /** Every request that was sent, in their order; the last one is what answered. */
  readonly requests: readonly Pick<Overheard, 'method' | 'url' | 'status' | 'durationMs'>[];
  readonly lifetime?: Omit<TokenLife, 'issuedAt'> & { readonly differenceMs: number };
  /** How old the token was when it came; of a JWT that tells. */
  readonly tokenAgeMs?: number;
  readonly clock?: ClockDifference;
  /** Which of a pair of secrets was accepted. */
  readonly secret?: 'current' | 'next';
  /** Where the token may be sent. */
  readonly origins: readonly string[];
  readonly problem?: Problem;
}

export function accountReport(probe: Probe, nameOf: NameOf, env: World['env']): AccountReport {
  const { target, label, requests, granted, error } = probe;
  const outcome = outcomeOf(probe);
  const last = requests.at(-1);
  const issuedAt = granted?.life.issuedAt;
  const answered = last?.status === undefined ? undefined : last;
  return {
    ...label,
    outcome,
    reachable:
      outcome === 'misconfigured'
        ? undefined
        : requests.some(({ status, isUnread }) => isUnread || status !== undefined),
    accepted: granted !== undefined,
    contract: contractOf(target, last),
    requests: requests.map(({ method, url, status, durationMs }) => ({
      method,
      url,
      status,
      durationMs: Math.round(durationMs),
    })),
    lifetime: granted && lifetimeOf(granted.life),
    tokenAgeMs: answered && issuedAt !== undefined ? ageOf(answered, issuedAt) : undefined,
    clock: answered && clockDifference(answered, issuedAt),
    secret: granted?.exchange.secret,
    origins: [...target.site.origins],
    problem: error && diagnose(probe, error, nameOf, env),
  };
}

const lifetimeOf = ({ ms, source, documentedMs }: TokenLife): AccountReport['lifetime'] => ({
  ms,
  source,
  documentedMs,
  differenceMs: ms - documentedMs,
});

/** By the vendor's own clock, where it tells the time. */
function ageOf({ date }: Overheard, issuedAt: number): number | undefined {
  const age = Date.parse(date ?? '') - issuedAt;
  if (Number.isNaN(age)) return undefined;
  // That clock tells whole seconds.
  return age < 0 && age > -1_000 ? 0 : age;
}
