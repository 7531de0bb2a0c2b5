/** A token that replicas share, as a store gives it. @publicApi */
export interface SharedToken {
  readonly value: string;
  /** Grows with every token kept under a key, also when the store has been emptied in between. */
  readonly generation: number;
  /** How long it lives from its start, milliseconds. */
  readonly lifetimeMs: number;
  /** How long ago that was by the store's own clock, milliseconds: the clocks of replicas play no part. */
  readonly ageMs: number;
}

/** What a replica wants of a store. @publicApi */
export interface AcquireRequest {
  /** The newest token that the replica knows, by its generation; 0: none. */
  readonly newerThan: number;
  /** Who asks, for the lease to be given back by nobody else. */
  readonly owner: string;
  /** How long the right to ask the vendor is kept for this replica, milliseconds; after that somebody else may have it. */
  readonly leaseMs: number;
}

/** Somebody else asks the vendor just now. @publicApi */
export interface HeldLease {
  /** The owner who has the lease. */
  readonly heldBy: string;
}

/**
 * Where replicas share tokens. Each operation is one atomic step of the store; what a store cannot do it throws. Keys and
 * owners are short words of ASCII. `tokenStoreChecks` of `nestjs-auth-apis/testing` tells whether one is right.
 *
 * A key is a digest over the credentials, without a salt: who reads it can test guesses of a weak secret offline. A store
 * whose content others may see should keep only an HMAC of it, with a secret of its own. What a store returns is checked as
 * a vendor's response is; a token out of range is ignored, and overwritten by the next one.
 *
 * @publicApi
 */
export interface TokenStore {
  /**
   * The token under `key`, if it lives and is newer than the one the replica knows; else the lease (`'leased'`), the
   * right to ask the vendor, unless somebody has it: then who.
   */
  acquire(key: string, request: AcquireRequest): Promise<SharedToken | 'leased' | HeldLease>;
  /**
   * Keeps a token for the rest of its life, under the generation `max(previous + 1, the store's clock in epoch ms)`, and
   * gives the owner's lease back. A token that began its life after this one is never overwritten.
   *
   * A token's life began no later than its owner's lease was given, by the store's clock, whatever `ageMs` says: a save that
   * was held up on its way is neither newer nor younger for that. This holds when the lease has ended by then, too, and
   * somebody else has one; a store remembers when it gave a lease until its owner saves or releases.
   *
   * @returns the generation; `undefined` when a later one is there
   */
  save(
    key: string,
    token: Pick<SharedToken, 'value' | 'lifetimeMs' | 'ageMs'>,
    owner: string,
  ): Promise<number | undefined>;
  /** Gives the lease back, if `owner` still has it. */
  release(key: string, owner: string): Promise<void>;
}
