import { AuthClient } from '../clients/auth.client.js';
import { builtInOf } from '../clients/built-in.js';
import { AccountError } from '../common/errors.js';
import { DEFAULT_ACCOUNT } from '../common/messages.js';
import type { ClientKey } from '../clients/requested-clients.js';

const OWN_PROPERTIES = ['instance'];

/**
 * Stands where a client would, had its account been configured. Nest may hold it and look for its hooks, and modules that
 * scan all providers for decorated methods, as that of `@nestjs/schedule` does, may look at its methods; the first use
 * throws what is missing.
 */
export function unconfiguredClient(key: ClientKey, configured: readonly string[]): object {
  const { prototype } = builtInOf(key.api)?.Client ?? AuthClient;
  const standIn = new Proxy(Object.create(prototype) as object, {
    get(target, property, receiver) {
      const isClientMember = property in prototype && property !== 'constructor' && !(property in Object.prototype);
      if (!isClientMember && !OWN_PROPERTIES.includes(String(property))) {
        return Reflect.get(target, property, receiver) as unknown;
      }
      const fail = (): never => {
        const text = notConfiguredText(key, configured, `${clientText(key)} is used`);
        throw new AccountError('NOT_CONFIGURED', text, key);
      };
      return isMethod(prototype, property) ? fail : fail();
    },
  });
  standIns.add(standIn);
  return standIn;
}

/** Told from a getter without running it. */
function isMethod(prototype: object | null, property: PropertyKey): boolean {
  if (!prototype) return false;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, property);
  return descriptor ? typeof descriptor.value === 'function' : isMethod(Object.getPrototypeOf(prototype), property);
}

const standIns = new WeakSet<object>();

/** Whether a provider's value is a stand-in; not when the app has overridden it. */
export function isUnconfiguredClient(value: object): boolean {
  return standIns.has(value);
}

/** What is missing, and the remedy. */
export function notConfiguredText(key: ClientKey, configured: readonly string[], who: string): string {
  const { api, account } = key;
  const option = builtInOf(api) ? `\`${api}\`` : `\`apis\`, with accountsFor() of the API "${api}"`;
  const known = configured.length ? `configured: ${configured.join(', ')}` : 'none is configured';
  const tell = (missing: string, remedy: string): string =>
    `${who}, but AuthApisModule has no ${missing}: ${remedy} (${known})`;
  if (account !== DEFAULT_ACCOUNT)
    return tell('such account', `add { name: '${account}', ... } to the option ${option}`);
  if (!configured[0]) return tell('such account', `set the option ${option}`);
  const remedy = `inject it by name, ${decoratorText({ api, account: configured[0] })}`;
  return tell('account without a name', `${remedy}, or leave one name out of the option ${option}`);
}

/** `@InjectSparkfly('east')` */
function decoratorText({ api, account }: ClientKey): string {
  return builtInOf(api) ? `@Inject${titleOf(api)}('${account}')` : `@InjectAuthClient('${api}', '${account}')`;
}

/** `SparkflyClient "east"` */
export function clientText({ api, account }: ClientKey): string {
  const name = builtInOf(api) ? `${titleOf(api)}Client` : `the client of ${api}`;
  return account === DEFAULT_ACCOUNT ? name : `${name} "${account}"`;
}

/** Not the name of a class, which a bundler may shorten. */
const titleOf = (api: string): string => api.slice(0, 1).toUpperCase() + api.slice(1);
