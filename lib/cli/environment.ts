import type { AuthApisOptions } from '../config/options.js';
import { BUILT_IN, BUILT_IN_NAMES, builtIn, builtInApi, type BuiltInName } from '../vendors/built-in.js';
import { UsageError } from './usage.error.js';
import type { World } from './world.js';

/** How an option of the environment is called: by its variable. */
export function variableOf(api: string, option: string): string {
  return builtIn(api)?.variables[option] ?? option;
}

/**
 * The accounts that the environment has; an empty variable counts as not set. Values are unchecked.
 *
 * @throws UsageError when there are none, or half a pair
 */
export function environmentOptions(env: World['env']): AuthApisOptions {
  const options: AuthApisOptions = Object.fromEntries(
    BUILT_IN_NAMES.flatMap((name) => {
      const account = read(env, BUILT_IN[name].variables);
      return hasCredentials(name, account) ? [[name, account]] : [];
    }),
  );
  if (Object.keys(options).length > 0) return options;
  throw new UsageError(
    `No vendor is configured. Set ${BUILT_IN_NAMES.map(neededText).join(', or ')}, in the environment or a .env; ` +
      'name a file of options with --config; or look at the fakes with --demo. nestjs-auth-apis check --help lists all variables.',
  );
}

type Values = Readonly<Record<string, string | undefined>>;

const read = (env: World['env'], variables: Readonly<Record<string, string>>): Values =>
  Object.fromEntries(Object.entries(variables).map(([option, variable]) => [option, env[variable] || undefined]));

function hasCredentials(name: BuiltInName, account: Values): boolean {
  const { credentials } = builtInApi(name);
  const [given] = credentials.filter((each) => account[each]);
  const [missing] = credentials.filter((each) => !account[each]);
  if (!given || !missing) return given !== undefined;
  throw new UsageError(
    `${variableOf(name, missing)} is missing: ${variableOf(name, given)} is set, and ${titleOf(name)} needs ${credentials.length > 2 ? 'all' : 'both'}.`,
  );
}

/** The variables that an account of the API needs: `SPARKFLY_IDENTITY and SPARKFLY_KEY`. */
export const neededText = (name: BuiltInName): string =>
  builtInApi(name)
    .credentials.map((each) => variableOf(name, each))
    .join(' and ');

export const titleOf = (name: BuiltInName): string => name.slice(0, 1).toUpperCase() + name.slice(1);
