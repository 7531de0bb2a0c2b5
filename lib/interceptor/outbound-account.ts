import type { InternalAxiosRequestConfig } from 'axios';
import { AccountError } from '../common/errors.js';
import type { AccountLabel } from '../common/errors.js';
import { accountText, DEFAULT_ACCOUNT } from '../common/messages.js';
import type { AccessToken } from '../token/access-token.js';
import type { TokenCache } from '../token/token-cache.js';
import type { TokenReplacement } from '../token/token-replacement.js';
import type { TokenPlacement } from '../vendors/token-api.definition.js';
import { isBelow, targetOf } from './request-target.js';

/** An account as an outbound call sees it. */
export interface OutboundAccount {
  readonly label: AccountLabel;
  readonly baseURL: string;
  /** Where its tokens are asked for: a call there is the app's own business. */
  readonly authURLs: readonly string[];
  /** The only origins that get the token. */
  readonly origins: ReadonlySet<string>;
  readonly placement: TokenPlacement;
  readonly tokens: TokenCache;
  readonly replacement: TokenReplacement;
}

/** Which account authorizes a request; `undefined`: none, the request goes out as it is. */
export type AccountChooser = (config: InternalAxiosRequestConfig) => OutboundAccount | undefined;

/** The header value that a token makes. */
export function headerValue({ scheme }: TokenPlacement, token: AccessToken): string {
  return scheme ? `${scheme} ${token.value}` : token.value;
}

/**
 * For a client of one account: that account, or the one of its API that the request names.
 *
 * @param onForeign told when a request goes to an origin that is none of the account's
 */
export function ownAccount(
  account: OutboundAccount,
  named: (name: string) => OutboundAccount,
  onForeign: (account: OutboundAccount, origin: string) => void,
): AccountChooser {
  return (config) => {
    const name = config.authApis?.account;
    const chosen = name === undefined || name === account.label.account ? account : named(name);
    if (mayBeForTokens(chosen, config) && isForTokens([chosen], targetOf(config))) return undefined;
    if (isBelow(chosen.baseURL, config)) return chosen;
    const origin = targetOf(config)?.origin;
    if (origin !== undefined && chosen.origins.has(origin)) return chosen;
    if (name !== undefined) throw foreignOrigin(chosen, origin);
    if (origin !== undefined) onForeign(chosen, origin);
    return undefined;
  };
}

/**
 * For an `HttpService` of the app's: the account with the longest base URL that the target is below, then those of the
 * same origin; among several the unnamed one, or the one that the request names.
 *
 * @throws AccountError when several are left
 */
export function accountByTarget(accounts: readonly OutboundAccount[]): AccountChooser {
  const bases = new Map(accounts.map((account) => [account, new URL(account.baseURL)]));
  return (config) => {
    const target = targetOf(config);
    if (!target || isForTokens(accounts, target)) return undefined;
    const name = config.authApis?.account;
    const candidates = name === undefined ? accounts : namedAccounts(accounts, name);
    const fitting = longestBaseOf(candidates, target, bases);
    if (name !== undefined && fitting.length === 0) throw foreignOrigin(candidates[0]!, target.origin);
    if (fitting.length <= 1) return fitting[0];
    const unnamed = fitting.filter(({ label }) => label.account === DEFAULT_ACCOUNT);
    if (unnamed.length === 1) return unnamed[0];
    throw ambiguous(fitting, target);
  };
}

/** Whether a request goes to a token endpoint. */
function isForTokens(accounts: readonly OutboundAccount[], target: URL | undefined): boolean {
  const place = target && `${target.origin}${target.pathname}`;
  return place !== undefined && accounts.some(({ authURLs }) => authURLs.includes(place));
}

/** Most requests do not: told by the last word of the path alone, without parsing a URL. */
function mayBeForTokens({ authURLs }: OutboundAccount, { url = '' }: InternalAxiosRequestConfig): boolean {
  return authURLs.some((authURL) => url.includes(authURL.slice(authURL.lastIndexOf('/') + 1)));
}

function namedAccounts(accounts: readonly OutboundAccount[], name: string): OutboundAccount[] {
  const named = accounts.filter(({ label }) => label.account === name || qualifiedName(label) === name);
  if (named.length === 0) throw unknownAccount(name, undefined, accounts);
  return named;
}

/**
 * @param api when the account is looked for among those of one API
 * @param accounts those that exist, for the message
 */
export function unknownAccount(
  name: string,
  api: string | undefined,
  accounts: readonly OutboundAccount[],
): AccountError {
  const known = accounts.map(({ label }) => (api ? label.account : accountText(label))).join(', ') || 'none';
  const message = `There is no ${api ? `${api} ` : ''}account "${name}"; configured: ${known}`;
  return new AccountError('UNKNOWN_ACCOUNT', message, { api, account: name });
}

/** Who names an account wants its token: without it the call would fail further on, and say less. */
function foreignOrigin({ label, baseURL }: OutboundAccount, origin = 'a URL that is none'): AccountError {
  const message =
    `${accountText(label)} sends no token to ${origin}: naming an account changes the token, not the host. ` +
    `Use that account's own client, whose base URL is ${baseURL}`;
  return new AccountError('FOREIGN_ORIGIN', message, label);
}

function longestBaseOf(
  accounts: readonly OutboundAccount[],
  target: URL,
  bases: ReadonlyMap<OutboundAccount, URL>,
): OutboundAccount[] {
  const allowed = accounts.filter(({ origins }) => origins.has(target.origin));
  const pathLength = (account: OutboundAccount): number => basePathOf(bases.get(account)!).length;
  const below = allowed.filter((account) => isPathBelow(target, bases.get(account)!));
  const longest = Math.max(...below.map(pathLength));
  return below.length ? below.filter((account) => pathLength(account) === longest) : allowed;
}

function isPathBelow(target: URL, base: URL): boolean {
  return target.origin === base.origin && `${target.pathname}/`.startsWith(`${basePathOf(base)}/`);
}

const basePathOf = (base: URL): string => base.pathname.replace(/\/+$/, '');

/** `verbit`, or `sparkfly/east`: tells apart what two APIs call alike. */
const qualifiedName = ({ api, account }: AccountLabel): string =>
  account === DEFAULT_ACCOUNT ? api : `${api}/${account}`;

function ambiguous(fitting: readonly OutboundAccount[], target: URL): AccountError {
  const names = fitting.map(({ label }) => `'${qualifiedName(label)}'`).join(', ');
  const message = `Several accounts fit a call to ${target.origin}: name one with \`authApis: { account }\`, of ${names}`;
  return new AccountError('AMBIGUOUS_ACCOUNT', message);
}
