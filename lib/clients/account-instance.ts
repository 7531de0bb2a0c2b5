import type { HttpService } from '@nestjs/axios';
import type { TokenParams } from '../request/round-trip.js';

type AxiosRef = HttpService['axiosRef'];

/** Which account's token the calls of a client carry. */
export interface Selection {
  readonly account: string;
  readonly tokenParams?: TokenParams;
}

interface Config {
  readonly authApis?: { readonly account?: string; readonly tokenParams?: TokenParams; readonly ofClient?: true };
}

/** At which argument each method of axios takes its config. */
const CONFIG_AT = new Map<string | symbol, number>([
  ...['request'].map((name) => [name, 0] as const),
  ...['get', 'delete', 'head', 'options'].map((name) => [name, 1] as const),
  ...['post', 'put', 'patch', 'query', 'postForm', 'putForm', 'patchForm'].map((name) => [name, 2] as const),
]);

/** A polluted prototype must not choose whose token goes out. */
const own = <T extends object, Name extends keyof T>(of: T, name: Name): T[Name] | undefined =>
  Object.hasOwn(of, name) ? of[name] : undefined;

/**
 * The same axios instance, whose calls name an account: an instance of its own would cost five times as much memory as
 * the account and its token. What a call says itself goes before.
 */
export function accountInstance(instance: AxiosRef, selection: Selection): AxiosRef {
  const select = (config: Config | null | undefined): Config => {
    const given = own(config ?? {}, 'authApis');
    if (given && own(given, 'account') !== undefined) return config!;
    const tokenParams = given && own(given, 'tokenParams');
    const ofClient = own(selection, 'tokenParams');
    const merged = tokenParams || ofClient ? { tokenParams: { ...ofClient, ...tokenParams } } : {};
    return { ...config, authApis: { ...given, account: selection.account, ...merged, ofClient: true } };
  };
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
