import type { SecretInput, SecretValue } from '../common/secret.js';
import { AuthApisOptionsError } from '../common/errors.js';
import type { SettingsOf, SettingsSpec } from '../vendors/token-api.definition.js';
import { TokenApi } from '../vendors/token-api.js';
import type { AccountOptions, AccountResolver, SiteOptions } from './account-options.js';

/** One account of a token API: its credentials, and what its definition lets an account say. @publicApi */
export type AccountOf<Credential extends string, Param extends string, Settings extends SettingsSpec> = AccountOptions &
  Readonly<Record<Credential, SecretInput>> &
  Readonly<Partial<Record<Param, string>>> &
  SettingsOf<Settings>;

/** The settings of an API that any text will do for. @publicApi */
export type TextSettingOf<Settings extends SettingsSpec> = {
  [Name in keyof Settings]: Settings[Name] extends 'text' ? Name : never;
}[keyof Settings];

/** Any number of accounts of a token API. @publicApi */
export type DynamicAccountsOf<
  Credential extends string,
  Param extends string,
  Settings extends SettingsSpec,
> = SiteOptions &
  Readonly<Partial<Record<Param, string>>> &
  SettingsOf<Settings> & {
    readonly accounts: AccountResolver<
      Readonly<Record<Credential, SecretValue>> &
        Readonly<Partial<Record<Param | TextSettingOf<Settings>, string | null>>>
    >;
  };

/**
 * The accounts of one token API, for the option `apis`. Shows nothing of them.
 *
 * @publicApi
 */
export class ApiAccounts {
  /** The API's. */
  readonly name: string;
  readonly #api: TokenApi;
  readonly #given: unknown;

  /** @internal */
  constructor(api: TokenApi, given: unknown) {
    this.name = api.name;
    this.#api = api;
    this.#given = given;
  }

  /** @internal */
  get api(): TokenApi {
    return this.#api;
  }

  /** What the app gave; unchecked. @internal */
  read(): unknown {
    return this.#given;
  }
}

/**
 * The accounts that the app has of a token API: one, several with names, or any number that the app looks up.
 *
 * @example
 * ```ts
 * AuthApisModule.forRoot({
 *   apis: [accountsFor(acme, { appId: process.env.ACME_ID, appKey: process.env.ACME_KEY })],
 * })
 * ```
 * @throws AuthApisOptionsError when `api` is not made by `defineTokenApi`; accounts are checked when the app starts
 * @publicApi
 */
export function accountsFor<
  Credential extends string,
  Param extends string,
  PerRequest extends string,
  Settings extends SettingsSpec,
  Data,
>(
  api: TokenApi<Credential, Param, PerRequest, Settings, Data>,
  accounts:
    | AccountOf<Credential, Param, Settings>
    | DynamicAccountsOf<Credential, Param, Settings>
    | (AccountOf<Credential, Param, Settings> | DynamicAccountsOf<Credential, Param, Settings>)[],
): ApiAccounts {
  if (!(api instanceof TokenApi)) {
    throw new AuthApisOptionsError(
      ['the API must be one that defineTokenApi has made'],
      'What is given to accountsFor',
    );
  }
  return new ApiAccounts(api as unknown as TokenApi, accounts);
}
