import type { Clock } from '../../common/clock.js';

/** What the vendor thinks of a token that came with a call. */
export type TokenVerdict = 'good' | 'missing' | 'unknown' | 'expired' | 'revoked';

/** When a token was issued and until when it is accepted, epoch milliseconds of the vendor's clock. */
export interface TokenTimes {
  readonly issuedAt: number;
  readonly expiresAt: number;
}

interface Entry<Owner> {
  readonly owner: Owner;
  readonly issuedAt: number;
  expiresAt: number;
  /** Said once and for all: a clock that is stepped back must not revive a token. */
  ended?: 'expired' | 'revoked';
}

/** Every token a vendor has issued, and to whom. */
export class TokenBook<Owner extends object> {
  readonly #entries = new Map<string, Entry<Owner>>();
  readonly #issued: string[] = [];
  readonly #latest = new Map<string, string>();
  readonly #clock: Clock;
  lifetimeMs: number;
  repeat = false;

  constructor(clock: Clock, lifetimeMs: number) {
    this.#clock = clock;
    this.lifetimeMs = lifetimeMs;
  }

  get issued(): readonly string[] {
    return this.#issued;
  }

  /** A new token; or, when told to repeat, the one its owner already has while that lives. */
  issue(owner: Owner, mint: (times: TokenTimes) => string): string {
    const key = JSON.stringify(owner);
    const latest = this.#latest.get(key);
    if (this.repeat && latest !== undefined && this.judge(latest) === 'good') return latest;
    const issuedAt = this.#clock.wallNow();
    const times = { issuedAt, expiresAt: issuedAt + this.lifetimeMs };
    const token = mint(times);
    this.#entries.set(token, { owner, ...times });
    this.#issued.push(token);
    this.#latest.set(key, token);
    return token;
  }

  judge(token: string | undefined): TokenVerdict {
    if (token === undefined) return 'missing';
    const entry = this.#entries.get(token);
    if (!entry) return 'unknown';
    if (entry.ended) return entry.ended;
    return this.#clock.wallNow() < entry.expiresAt ? 'good' : 'expired';
  }

  /** Ends every token issued so far; those that had ended already keep their reason. */
  endAll(reason: 'expired' | 'revoked'): void {
    const endedAt = this.#clock.wallNow();
    for (const entry of this.#entries.values()) {
      if (reason === 'expired') entry.expiresAt = Math.min(entry.expiresAt, endedAt);
      entry.ended ??= reason;
    }
  }

  details(token: string): (Owner & TokenTimes) | undefined {
    const entry = this.#entries.get(token);
    return entry && { ...entry.owner, issuedAt: entry.issuedAt, expiresAt: entry.expiresAt };
  }
}
