import type { Candidate } from '../accounts/account.js';
import { accountIdProblem, unusableName } from '../common/account-id.js';
import { LONGEST_ACCOUNT_ID } from '../common/defaults.js';
import { AccountError } from '../common/errors.js';
import { accountText, DEFAULT_ACCOUNT } from '../common/messages.js';
import { oneLine } from '../common/one-line.js';
import type { Site } from '../config/site.js';
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
    const problem = name === undefined ? undefined : accountIdProblem(name);
    if (problem) throw unusableName(problem);
    const named = name === undefined ? candidates : namedCandidates(candidates, name);
    const fitting = longestBaseOf(named, target, bases);
    if (name !== undefined && fitting.length === 0) {
      throw originNotAllowed({ api: named[0]!.api, account: name }, named[0]!.site, target.origin);
    }
    const chosen = fitting.length > 1 ? bestOf(fitting, target, name) : fitting[0];
    if (!chosen) return undefined;
    const id = chosen.name ?? (fitting.length > 1 ? name!.slice(chosen.api.length + 1) : name);
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

/** The fixed accounts that have the name, and those that the app resolves: there an id is never a fixed account's name. */
function namedCandidates(candidates: readonly Candidate[], name: string): Candidate[] {
  const dynamic = candidates.filter((each) => each.name === undefined);
  const isFixed = (each: Candidate): boolean => !dynamic.some(({ api }) => api === each.api);
  const named = candidates.filter((each) => each.name === name || qualifiedName(each) === name);
  const found = [...named.filter(isFixed), ...dynamic];
  if (found.length) return found;
  const known = candidates.map(({ api, name: each }) => accountText({ api, account: each! })).join(', ');
  // Any text may be named.
  const account = oneLine(name, LONGEST_ACCOUNT_ID);
  const message = `There is no account "${account}"; configured: ${known || 'none'}`;
  throw new AccountError('UNKNOWN_ACCOUNT', message, { account });
}

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

function bestOf(fitting: readonly Candidate[], target: URL, name: string | undefined): Candidate {
  const dynamic = fitting.filter((each) => each.name === undefined);
  const fixed = fitting.filter((each) => each.name !== undefined);
  const unnamed = fixed.filter((each) => each.name === DEFAULT_ACCOUNT);
  const [first, second] =
    name === undefined ? unnamed : dynamic.length > 0 ? ofPrefix(fitting, name) : unnamed.length > 0 ? unnamed : fixed;
  return first && !second ? first : throwError(ambiguous(fitting, target));
}

/** Where several APIs resolve ids, `sparkfly/tenant-1`; what may be meant for a fixed account too could be anybody's id. */
function ofPrefix(fitting: readonly Candidate[], name: string): readonly Candidate[] {
  const isDynamic = fitting.every((each) => each.name === undefined);
  return isDynamic ? fitting.filter(({ api }) => name.startsWith(`${api}/`)) : [];
}

function ambiguous(fitting: readonly Candidate[], target: URL): AccountError {
  const names = fitting.map((each) => `'${qualifiedName(each)}'`).join(', ');
  const message = `Several accounts fit a call to ${target.origin}: name one with \`authApis: { account }\`, of ${names}`;
  return new AccountError('AMBIGUOUS_ACCOUNT', message);
}

function throwError(error: Error): never {
  throw error;
}
