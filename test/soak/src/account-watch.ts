import type { AccessToken, AccountLabel, AuthApis, AuthApisEvent } from 'nestjs-auth-apis';
import type { Checks } from './checks.js';
import { RULES } from './rules.js';
import type { Sent } from './wire-watch.js';
import type { World } from './world.js';

/** From taking a token to the end of its request: a few promises, a body that is a stream, at worst a garbage collection. */
const ON_THE_WAY_MS = 50;
/** Points in time of events are whole milliseconds. */
const ROUNDING_MS = 2;
/** At the earliest a token is refreshed when 30 % of its life are left. */
const EARLIEST_REFRESH = 0.7;
/** How long after its end a token is still remembered, clock milliseconds. */
const REMEMBERED_MS = 120_000;

interface KnownToken {
  /** Clock wall time. */
  readonly endsAt: number;
  /** Real time, monotonic. */
  rejectedAt?: number;
}

/** What is true of one account, by what it tells and what the vendor knows; what it sends is held against that. */
export class AccountWatch {
  readonly #id: string;
  readonly #world: World;
  readonly #checks: Checks;
  readonly #tokens = new Map<string, KnownToken>();
  #current: string | undefined;
  /** From when on the next token request needs no further reason. */
  #allowedAt = -Infinity;
  #isRefused = false;
  /** What allows a token request before that time. */
  #reason: 'tokenRejected' | undefined;
  #isByHand = false;
  #isSecretNew = false;
  /** Requests that are somebody's wish: by hand, or because the API refused a token. */
  caused = 0;

  constructor(id: string, world: World, checks: Checks) {
    this.#id = id;
    this.#world = world;
    this.#checks = checks;
  }

  follow(apis: AuthApis, label: AccountLabel, peek: () => AccessToken | undefined): void {
    apis.events$.subscribe((event) => {
      if (event.api === label.api && event.account === label.account) this.#happened(event, peek);
    });
  }

  /** Another app has begun: it knows nothing of the tokens and pauses of the one before. */
  forget(): void {
    this.#current = undefined;
    this.#reason = undefined;
    this.#allowedAt = -Infinity;
    this.#isRefused = false;
  }

  /** A token request that is made in here is somebody's wish. */
  byHand<T>(ask: () => T): T {
    this.#isByHand = true;
    try {
      return ask();
    } finally {
      this.#isByHand = false;
    }
  }

  secretChanged(): void {
    this.#isSecretNew = true;
  }

  /** A request of this account leaves. */
  sends({ token, path }: Sent): void {
    if (token === undefined) return;
    const known = this.#tokens.get(token);
    const who = (): string => `${this.#id} ${path}`;
    this.#checks.that(RULES.ownToken, known !== undefined, who);
    if (!known) return;
    const now = this.#world.clock.wallNow();
    const lateMs = (now - known.endsAt) / this.#world.clock.factor;
    this.#checks.that(RULES.noExpired, lateMs < ON_THE_WAY_MS, () => `${who()}: ${lateMs.toFixed(1)} ms late`);
    const sinceMs = known.rejectedAt === undefined ? 0 : performance.now() - known.rejectedAt;
    this.#checks.that(RULES.noRejected, sinceMs < ON_THE_WAY_MS, () => `${who()}: ${sinceMs.toFixed(1)} ms after`);
  }

  prune(): void {
    const oldest = this.#world.clock.wallNow() - REMEMBERED_MS;
    for (const [token, { endsAt }] of this.#tokens) {
      if (endsAt < oldest && token !== this.#current) this.#tokens.delete(token);
    }
  }

  #happened(event: AuthApisEvent, peek: () => AccessToken | undefined): void {
    switch (event.type) {
      case 'tokenRequested':
        return this.#requested(event.at);
      case 'tokenObtained': {
        const token = peek();
        if (!token) return this.#checks.that(RULES.typed, false, () => `${this.#id}: refreshed without a token`);
        this.#current = token.value;
        this.#tokens.set(token.value, { endsAt: this.#endOf(token) });
        this.#allowedAt = token.requestedAt + (token.expiresAt - token.requestedAt) * EARLIEST_REFRESH;
        this.#isRefused = this.#isSecretNew = false;
        this.#reason = undefined;
        return;
      }
      case 'tokenRequestFailed':
      case 'tokenRequestDenied':
        this.#allowedAt = event.nextAttemptAt;
        this.#isRefused = event.type === 'tokenRequestDenied';
        this.#reason = undefined;
        return;
      case 'tokenRejected': {
        const known = this.#tokens.get(this.#current ?? '');
        if (known) known.rejectedAt ??= performance.now();
        this.#reason = 'tokenRejected';
        this.caused++;
        return;
      }
      case 'callRetried':
      case 'secretRotated':
      case 'accountEvicted':
      case 'storeUnavailable':
      case 'storeAvailable':
      case 'tokenCacheClosed':
        return;
    }
  }

  #requested(at: number): void {
    if (this.#isByHand) this.caused++;
    const isNewSecret = this.#isRefused && this.#isSecretNew;
    const isInTime = at >= this.#allowedAt - ROUNDING_MS;
    const hasReason = this.#isByHand || isInTime || isNewSecret || this.#reason !== undefined;
    const earlyMs = Math.round(this.#allowedAt - at);
    this.#checks.that(RULES.reasons, hasReason, () => `${this.#id} asked ${earlyMs} ms of its clock too early`);
    this.#reason = undefined;
  }

  #endOf({ value, expiresAt }: AccessToken): number {
    return this.#world.endOf(value) ?? expiresAt;
  }
}
