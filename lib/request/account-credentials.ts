import type { AccountLabel } from '../common/errors.js';
import type { CredentialSet, CredentialsReader, ReadCredentials } from './credentials.js';

/** Values that must be compared with; of most accounts there are none. */
interface CredentialsMemory {
  working?: CredentialSet;
  refused?: readonly CredentialSet[];
}

/**
 * An account's credentials over time: which of a pair works, and whether they are others now than those that were
 * refused. Keeps values only while it must compare with them.
 */
export class AccountCredentials {
  readonly label: AccountLabel;
  readonly #reader: CredentialsReader;
  readonly #memory: CredentialsMemory;

  constructor(label: AccountLabel, reader: CredentialsReader, memory: CredentialsMemory = {}) {
    this.label = label;
    this.#reader = reader;
    this.#memory = memory;
  }

  /** The same credentials for another token of the account: which of a pair works is known for all of them. */
  labelled(label: AccountLabel): AccountCredentials {
    return new AccountCredentials(label, this.#reader, this.#memory);
  }

  /** Whether they can change while the app runs. */
  get isDynamic(): boolean {
    return this.#reader.isDynamic;
  }

  /** What to try, in order: of a pair the one that worked last comes first. */
  async read(signal: AbortSignal): Promise<ReadCredentials> {
    const read = await this.#reader.read(this.label, signal);
    const [current, next] = read.sets;
    const working = this.#memory.working;
    const prefersNext = current && next && working && !isEqual(current, working) && isEqual(next, working);
    return prefersNext ? { ...read, sets: [next, current], isSwapped: true } : read;
  }

  /**
   * One of a pair is remembered as the one that works.
   *
   * @returns which of the pair it is, as the app gave it; `undefined` when there is no pair
   */
  accepted(set: CredentialSet, { sets, isSwapped }: ReadCredentials): 'current' | 'next' | undefined {
    this.#memory.refused = undefined;
    this.#memory.working = sets.length > 1 ? set : undefined;
    if (!this.#memory.working) return undefined;
    return (set === sets[0]) === !isSwapped ? 'current' : 'next';
  }

  refused({ sets }: ReadCredentials): void {
    this.#memory.refused = sets;
  }

  /** Reads them anew; whether they differ from those that were refused. */
  async changed(signal: AbortSignal): Promise<boolean> {
    const refused = this.#memory.refused;
    const { sets } = await this.#reader.read(this.label, signal);
    return !refused || sets.some((set) => !refused.some((other) => isEqual(set, other)));
  }
}

const isEqual = (a: CredentialSet, b: CredentialSet): boolean =>
  Object.keys(a).length === Object.keys(b).length && Object.keys(a).every((name) => a[name] === b[name]);
