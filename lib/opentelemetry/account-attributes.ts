import type { Attributes } from '@opentelemetry/api';
import type { AccountLabel } from '../common/errors.js';
import { ATTRIBUTE } from './names.js';

/**
 * Whose token a signal speaks of, in a bounded number of values: accounts of the options by their names. Those that the
 * app looks up, and further tokens asked for with parameters, may be any number: they have their API in common, and no
 * name. That cannot be taken for an account, whose name is never empty.
 */
export class AccountAttributes {
  readonly #named = new Map<string, Attributes>();
  readonly #others = new Map<string, Attributes>();

  constructor(configured: Iterable<AccountLabel>) {
    for (const { api, account } of configured)
      this.#named.set(keyOf(api, account), { [ATTRIBUTE.api]: api, [ATTRIBUTE.account]: account });
  }

  of(label: AccountLabel): Attributes {
    return this.#nameOf(label) ?? this.others(label.api);
  }

  isNamed(label: AccountLabel): boolean {
    return this.#nameOf(label) !== undefined;
  }

  /** Of all tokens of an API that come and go. */
  others(api: string): Attributes {
    const known = this.#others.get(api) ?? { [ATTRIBUTE.api]: api };
    this.#others.set(api, known);
    return known;
  }

  #nameOf({ api, account, tokenParams, dynamic }: AccountLabel): Attributes | undefined {
    return tokenParams === undefined && !dynamic ? this.#named.get(keyOf(api, account)) : undefined;
  }
}

/** No name has a line break. */
const keyOf = (api: string, account: string): string => `${api}\n${account}`;
