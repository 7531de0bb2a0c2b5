import type { Account, Candidate } from '../accounts/account.js';
import { AccountError } from '../common/errors.js';
import { accountText, DEFAULT_ACCOUNT } from '../common/messages.js';
import type { Site } from '../config/site.js';
import type { TokenParams } from '../request/round-trip.js';
import { missingName, noAccount, originNotAllowed } from './account-errors.js';
import { isTokenEndpoint, mayBeTokenEndpoint } from './destination.js';
import type { AccountChooser } from './outbound-account.js';
import { isMissingName, requestOptionsOf } from './request-options.js';
import { isRelativeTo, targetOf } from './request-target.js';

/**
 * For an `HttpService` of the app's: the account with the longest base URL that the target is below, then those of the
 * same origin; among several the unnamed one, or the one that the request names.
 *
 * @throws AccountError when several are left
 */
export function accountByTarget(candidates: readonly Candidate[]): AccountChooser {
  const sites = [...new Set(candidates.map(({ site }) => site))];
  const bases = new Map(sites.map((site) => [site, new URL(site.baseURL)]));
  const resolvesIds = candidates.some(({ name }) => name === undefined);
  const only = onlyAccounts(candidates);
  return (config) => {
    const own = only.get(config.baseURL ?? '');
    if (own && !Object.hasOwn(config, 'authApis') && isRelativeTo(own.site.baseURL, config)) {
      if (!sites.some((site) => mayBeTokenEndpoint(site, config.url ?? ''))) return own.account(own.name!);
    }
    const target = targetOf(config);
    if (!target || sites.some((site) => isTokenEndpoint(site, target))) return undefined;
    const options = requestOptionsOf(config);
    const { account: name, tokenParams } = options;
    if (isMissingName(options, resolvesIds)) throw missingName();
    const named = name === undefined ? candidates : namedCandidates(candidates, name);
    const fitting = longestBaseOf(named, target, bases);
    if (name !== undefined && fitting.length === 0) {
      throw originNotAllowed({ api: named[0]!.api, account: name }, named[0]!.site, target.origin);
    }
    const chosen = fitting.length > 1 ? bestOf(fitting, target, name !== undefined) : fitting[0];
    if (!chosen) return undefined;
    const hasOthers = candidates.some(({ api }) => api !== chosen.api);
    const id = chosen.name ?? (name === undefined || !hasOthers ? name : idIn(chosen.api, name));
    if (name === DEFAULT_ACCOUNT && chosen.name === name) return explicitDefault(candidates, chosen, tokenParams);
    return id === undefined ? throwError(noAccount(chosen.api)) : chosen.account(id, tokenParams);
  };
}

/** By their base URL, those that no other could stand in for: nothing to weigh, which is dear for every call. */
function onlyAccounts(candidates: readonly Candidate[]): ReadonlyMap<string, Candidate> {
  const isAlone = (each: Candidate): boolean =>
    each.name !== undefined &&
    candidates.every((other) => other === each || !overlaps(other.site.origins, each.site.origins));
  return new Map(candidates.filter(isAlone).map((each) => [each.site.baseURL, each]));
}

function overlaps(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  return [...some].some((each) => others.has(each));
}

/** Those that have the name; where none has, those that look ids up. */
function namedCandidates(candidates: readonly Candidate[], name: string): Candidate[] {
  const lookups = candidates.filter((each) => each.name === undefined);
  // Where an API looks ids up, one may look like a name with its API before it.
  const isQualified = (each: Candidate): boolean =>
    qualifiedName(each) === name && !lookups.some(({ api }) => api === each.api);
  const named = candidates.filter((each) => each.name !== undefined && (each.name === name || isQualified(each)));
  const isOneOfSeveral = candidates.some(({ api }) => api !== candidates[0]!.api);
  const qualified = isOneOfSeveral ? lookups.filter(({ api }) => name.startsWith(`${api}/`)) : [];
  const found = [...named, ...(qualified.length ? qualified : lookups)];
  if (found.length) return found;
  const known = candidates.map(({ api, name: each }) => accountText({ api, account: each! })).join(', ');
  const message = `There is no account "${name}"; configured: ${known || 'none'}`;
  throw new AccountError('UNKNOWN_ACCOUNT', message, { account: name });
}

/** Somebody said so; beside a lookup it could as well be an id, and the lookup tells. */
function explicitDefault(
  candidates: readonly Candidate[],
  chosen: Candidate,
  tokenParams: TokenParams | undefined,
): Account {
  const lookup = candidates.find(({ api, name }) => api === chosen.api && name === undefined);
  return (lookup ?? chosen).account(DEFAULT_ACCOUNT, tokenParams);
}

/** `sparkfly/tenant-1` names the account `tenant-1` where several APIs look ids up. */
const idIn = (api: string, name: string): string => (name.startsWith(`${api}/`) ? name.slice(api.length + 1) : name);

function longestBaseOf(
  candidates: readonly Candidate[],
  target: URL,
  bases: ReadonlyMap<Site, URL>,
): readonly Candidate[] {
  const allowed = candidates.filter(({ site }) => site.origins.has(target.origin));
  const pathLength = ({ site }: Candidate): number => basePathOf(bases.get(site)!).length;
  const below = allowed.filter(({ site }) => isPathBelow(target, bases.get(site)!));
  const longest = Math.max(...below.map(pathLength));
  return below.length ? below.filter((each) => pathLength(each) === longest) : allowed;
}

function isPathBelow(target: URL, base: URL): boolean {
  return target.origin === base.origin && `${target.pathname}/`.startsWith(`${basePathOf(base)}/`);
}

const basePathOf = (base: URL): string => base.pathname.replace(/\/+$/, '');

/** `verbit`, or `sparkfly/east`: tells apart what two APIs call alike. */
const qualifiedName = ({ api, name }: Candidate): string => (name === DEFAULT_ACCOUNT ? api : `${api}/${name ?? '*'}`);

function bestOf(fitting: readonly Candidate[], target: URL, isNamed: boolean): Candidate {
  // A name in the options goes before an id that somebody may look up, and of those the one that needs none.
  const named = fitting.filter(({ name }) => name !== undefined);
  const unnamed = named.filter(({ name }) => name === DEFAULT_ACCOUNT);
  const [first, second] = unnamed.length ? unnamed : isNamed ? named : [];
  return first && !second ? first : throwError(ambiguous(fitting, target));
}

function ambiguous(fitting: readonly Candidate[], target: URL): AccountError {
  const names = fitting.map((each) => `'${qualifiedName(each)}'`).join(', ');
  const message = `Several accounts fit a call to ${target.origin}: name one with \`authApis: { account }\`, of ${names}`;
  return new AccountError('AMBIGUOUS_ACCOUNT', message);
}

function throwError(error: Error): never {
  throw error;
}
