import type { NameOf } from './configuration.js';
import type { Explanation } from './network-trouble.js';
import type { Overheard } from './overhearing.adapter.js';
import type { Target } from './targets.js';

/** What an answer that is no token means, and what to do. */
export function refusalOf(answer: Overheard, target: Target, nameOf: NameOf): Explanation {
  const { status = 0, isHtml, redirectTo } = answer;
  const say = (kind: string, meaning: string, remedy: string): Explanation => ({ kind, meaning, remedy });
  const urls = `${nameOf(target.resolved.api.name, 'baseURL')} and ${nameOf(target.resolved.api.name, 'tokenURL')}`;
  if (status < 300 || status === 304) {
    return isHtml
      ? say(
          'html',
          'A web page came in place of an API’s answer: a login page of the network, or another server.',
          `Check ${urls}, and open the URL in a browser.`,
        )
      : say(
          'no-token',
          'The answer holds no token where the documentation has it.',
          `Check ${urls}. ${contractHint(target, nameOf)}`,
        );
  }
  if (status < 400) {
    const where = redirectTo === undefined ? 'elsewhere' : `to ${redirectTo}`;
    return say(
      'redirect',
      `It leads ${where}; that is not followed, for the credentials would travel along.`,
      `Set ${urls} to where it leads, if you trust it.`,
    );
  }
  if (status === 407) {
    return say(
      'proxy',
      'The proxy wants to know who you are.',
      'Put user and password into the proxy’s URL, or ask whoever runs it.',
    );
  }
  if (status === 403 && isHtml) {
    return say(
      'gateway',
      'A gateway before the vendor said no, not the API.',
      'Ask the vendor whether the address of this machine must be allowed.',
    );
  }
  if (status === 401 || status === 403) {
    return say('credentials', 'The vendor does not accept these credentials.', credentialsHint(target, nameOf));
  }
  if (status === 404 || status === 405) {
    return say('path', 'Nobody hands out tokens at this address.', `Check ${urls}. ${contractHint(target, nameOf)}`);
  }
  if (status === 429) return say('rate-limit', 'Too many requests: the vendor wants a pause.', 'Wait, and ask again.');
  if (status === 408 || status === 425 || status >= 500) {
    return say(
      'vendor-unavailable',
      'The vendor, or a gateway before it, is in trouble.',
      'It may pass: ask again. The app would go on asking by itself.',
    );
  }
  return say(
    'request',
    'The vendor does not take the request as it is.',
    `${contractHint(target, nameOf)} ${credentialsHint(target, nameOf)}`,
  );
}

function credentialsHint({ resolved: { api }, site: { settings } }: Target, nameOf: NameOf): string {
  const names = api.credentials.map((name) => nameOf(api.name, name)).join(' and ');
  const compare = `Compare ${names} with what the vendor issued.`;
  if (api.name === 'verbit') {
    return `${compare} A sandbox key is another one: ${nameOf('verbit', 'environment')} is ${settings.environment ?? 'production'}.`;
  }
  if (api.name !== 'sparkfly') return compare;
  const prefixes = `${nameOf('sparkfly', 'identityPrefix')} and ${nameOf('sparkfly', 'keyPrefix')}`;
  return (
    `${compare} Staging and production have different ones: ${nameOf('sparkfly', 'environment')} is ` +
    `${settings.environment ?? 'staging'}. Some accounts need a word before each: ${prefixes}.`
  );
}

function contractHint({ resolved: { api }, site: { settings } }: Target, nameOf: NameOf): string {
  if (api.name === 'verbit') {
    const [is, other] = settings.contract === 'users' ? ['users', 'v0.8'] : ['v0.8', 'users'];
    return `${nameOf('verbit', 'contract')} is ${is}; some accounts speak ${other}.`;
  }
  if (api.name !== 'sparkfly') return 'Compare the request with the vendor’s documentation.';
  return `Some accounts are asked by GET: ${nameOf('sparkfly', 'authMethod')}, or ${nameOf('sparkfly', 'environment')}=pos-staging.`;
}
