import { withoutPrototype } from '../common/without-prototype.js';
import type { HttpService } from '@nestjs/axios';
import { isRecord } from '../common/is-object.js';
import { type AuthApisRequestOptions, hasUnusableOptions, requestOptionsOf } from '../interceptor/request-options.js';
import type { TokenParams } from '../request/round-trip.js';

type AxiosRef = HttpService['axiosRef'];

/** Which account's token the calls of a client carry. */
export interface Selection {
  readonly account: string;
  /** Always its own property, for one of `Object.prototype` must not stand in for it. */
  readonly tokenParams?: TokenParams;
}

interface Config {
  readonly authApis?: AuthApisRequestOptions;
}

/** At which argument each method of axios takes its config. */
const CONFIG_AT = new Map<string | symbol, number>([
  ...['request'].map((name) => [name, 0] as const),
  ...['get', 'delete', 'head', 'options'].map((name) => [name, 1] as const),
  ...['post', 'put', 'patch', 'query', 'postForm', 'putForm', 'patchForm'].map((name) => [name, 2] as const),
]);

/**
 * What a call says of its account goes before what its client says. Of both only own properties count: a polluted
 * `Object.prototype` must not choose the token.
 */
export function selectAccount(selection: Selection, given: AuthApisRequestOptions): AuthApisRequestOptions {
  const { account, tokenParams } = withoutPrototype(selection);
  if (given.account !== undefined) return given;
  // What is no object is refused where the account is looked for.
  if (given.tokenParams !== undefined && !isRecord(given.tokenParams)) return { ...given, account, ofClient: true };
  const merged = given.tokenParams || tokenParams ? { tokenParams: { ...tokenParams, ...given.tokenParams } } : {};
  return withoutPrototype({ ...given, account, ...merged, ofClient: true });
}

/**
 * The same axios instance, whose calls name an account: an instance of its own would cost five times as much memory as
 * the account and its token.
 */
export function accountInstance(instance: AxiosRef, selection: Selection): AxiosRef {
  const select = (config: Config | null | undefined): Config | null | undefined =>
    config && hasUnusableOptions(config)
      ? config // the call fails, as axios's do, with a promise
      : { ...config, authApis: selectAccount(selection, requestOptionsOf(config ?? {})) };
  const withConfigAt = (args: unknown[], at: number): unknown[] =>
    Object.assign([...args], { [at]: select(args[at] as Config | null | undefined) });
  return new Proxy(instance, {
    apply(target, thisArg, args: unknown[]) {
      return Reflect.apply(target, thisArg, withConfigAt(args, typeof args[0] === 'string' ? 1 : 0)) as unknown;
    },
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      const at = CONFIG_AT.get(name);
      if (at === undefined || typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        const isURLFirst = name === 'request' && typeof args[0] === 'string';
        return (value as (...all: unknown[]) => unknown)(...withConfigAt(args, isURLFirst ? 1 : at));
      };
    },
  });
}
