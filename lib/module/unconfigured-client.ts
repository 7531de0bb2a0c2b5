import { AccountError } from '../common/errors.js';
import { DEFAULT_ACCOUNT } from '../common/messages.js';
import type { ClientKey } from './client-tokens.js';
import { clientClasses } from './client-tokens.js';

const OWN_PROPERTIES = ['authentication', 'tokens', 'instance'];

/**
 * Stands where a client would, had its account been configured. Nest may hold it and look for its hooks; the first use
 * throws what is missing.
 */
export function unconfiguredClient(key: ClientKey, configured: readonly string[]): object {
  const { prototype } = clientClasses[key.api];
  return new Proxy(Object.create(prototype) as object, {
    get(target, property, receiver) {
      const isClientMember = property in prototype && property !== 'constructor' && !(property in Object.prototype);
      if (isClientMember || OWN_PROPERTIES.includes(String(property))) throw notConfigured(key, configured);
      return Reflect.get(target, property, receiver) as unknown;
    },
  });
}

/** @param consumers who injects it, when known */
export function notConfigured(
  { api, account }: ClientKey,
  configured: readonly string[],
  consumers: readonly string[] = [],
): AccountError {
  const className = clientClasses[api].name;
  const isUnnamed = account === DEFAULT_ACCOUNT;
  const what = isUnnamed ? className : `${className} "${account}"`;
  const who = consumers.length
    ? `${consumers.join(', ')} ${consumers.length > 1 ? 'inject' : 'injects'} ${what}`
    : `${what} is used`;
  const remedy = isUnnamed ? `set the option \`${api}\`` : `add { name: '${account}', ... } to the option \`${api}\``;
  const known = configured.length ? `configured: ${configured.join(', ')}` : 'none is configured';
  return new AccountError('NOT_CONFIGURED', `${who}, but AuthApisModule has no such account: ${remedy} (${known})`, {
    api,
    account,
  });
}
