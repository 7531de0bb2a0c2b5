import type { AccountLabel } from '../common/errors.js';

/** More origins than this have been called: something makes them up, and a line each would drown the log. */
const MOST_ORIGINS = 100;

/** Tells once of each origin that an account's token does not go to. */
export class ForeignOrigins {
  readonly #tell: (account: AccountLabel, origin: string) => void;
  readonly #told = new Set<string>();

  constructor(tell: (account: AccountLabel, origin: string) => void) {
    this.#tell = tell;
  }

  note(account: AccountLabel, origin: string): void {
    const key = `${account.api} ${account.account} ${origin}`;
    if (this.#told.has(key) || this.#told.size >= MOST_ORIGINS) return;
    this.#told.add(key);
    this.#tell(account, origin);
  }
}
