import { accountIdProblem } from '../common/account-id.js';
import { DEFAULT_ACCOUNT } from '../common/messages.js';
import type { ResolvedApi, ResolvedOptions } from '../config/resolve-options.js';
import type { Site } from '../config/site.js';
import type { Arguments } from './arguments.js';
import { didYouMean } from './nearest.js';
import { UsageError } from './usage.error.js';

/** An account to ask a token for. */
export interface Target {
  /** Its API, with this account alone. */
  readonly resolved: ResolvedApi;
  readonly account: string;
  readonly site: Site;
}

/** What a command line names: all accounts, those of an API, one. */
export interface Targets {
  readonly targets: readonly Target[];
  /** APIs whose accounts are looked up, by ids that nobody but the user knows. */
  readonly lookups: readonly string[];
}

/** @throws UsageError when it names nothing that is configured */
export function targetsOf({ apis }: ResolvedOptions, { api, account }: Pick<Arguments, 'api' | 'account'>): Targets {
  const chosen = chosenApis(apis, api);
  const all = chosen.flatMap((each) => targetsIn(each));
  const lookups = chosen.filter(({ lookup }) => lookup).map((each) => each.api.name);
  if (account === undefined) return { targets: all, lookups };
  // As in the app: beside a lookup it is an id, and a customer's may be the name of a fixed account.
  const named = all.filter(({ resolved, account: name }) => name === account && !lookups.includes(resolved.api.name));
  if (named.length > 0) return { targets: named, lookups: [] };
  return { targets: [lookedUp(chosen, all, account)], lookups: [] };
}

/**
 * The one account that is meant: the one named, the only one, or the unnamed one.
 *
 * @throws UsageError
 */
export function oneTarget(options: ResolvedOptions, args: Pick<Arguments, 'api' | 'account'>): Target {
  const { targets } = targetsOf(options, args);
  const only = targets.length === 1 ? targets[0] : undefined;
  const one = only ?? targets.find(({ account }) => account === DEFAULT_ACCOUNT);
  if (one) return one;
  const names = targets.map(({ account }) => account);
  const known = names.length > 0 ? `: ${names.join(', ')}` : ', by the id that the app looks it up with';
  throw new UsageError(`Say which account of ${args.api} with --account${known}.`, 'usage');
}

const targetsIn = (resolved: ResolvedApi): Target[] =>
  resolved.accounts.map((each) => {
    const alone = { api: resolved.api, accounts: [each] };
    return { resolved: alone, account: each.name, site: each.site };
  });

function chosenApis(apis: readonly ResolvedApi[], name: string | undefined): readonly ResolvedApi[] {
  const configured = apis.filter(({ accounts, lookup }) => accounts.length > 0 || lookup);
  if (name === undefined) return configured;
  const chosen = configured.filter(({ api }) => api.name === name);
  if (chosen.length > 0) return chosen;
  const names = configured.map(({ api }) => api.name);
  throw new UsageError(
    `No account of "${name}" is configured.${didYouMean(name, names)} There is ${names.join(', ')}.`,
    'usage',
  );
}

function lookedUp(apis: readonly ResolvedApi[], all: readonly Target[], account: string): Target {
  const [resolved, ...others] = apis.filter(({ lookup }) => lookup);
  if (!resolved) {
    const names = [...new Set(all.map((each) => each.account))];
    throw new UsageError(
      `There is no account "${account}".${didYouMean(account, names)} There is ${names.join(', ')}.`,
      'usage',
    );
  }
  if (others.length > 0) throw new UsageError('Several APIs look accounts up: name the API before --account.', 'usage');
  const problem = accountIdProblem(account);
  if (problem) throw new UsageError(`The name or id of an account ${problem}.`, 'usage');
  return { resolved: { ...resolved, accounts: [] }, account, site: resolved.lookup!.site };
}
