import { isAuthApisOptionsError } from '../common/errors.js';
import type { AuthApisOptions } from '../config/options.js';
import { type ResolvedOptions, resolveOptions } from '../config/resolve-options.js';
import type { Arguments } from './arguments.js';
import { configFileOptions } from './config-file.js';
import { startDemoVendors } from './demo-vendors.js';
import { loadEnvFile } from './env-file.js';
import { environmentOptions, variableOf } from './environment.js';
import { UsageError } from './usage.error.js';
import type { World } from './world.js';

/** How an option is called where the user has it: `sparkfly.key`, or `SPARKFLY_KEY`. */
export type NameOf = (api: string, option: string) => string;

/** The accounts, and what goes with where they come from. */
export interface Configuration {
  readonly options: ResolvedOptions;
  readonly nameOf: NameOf;
  readonly close: () => Promise<void>;
}

/**
 * The accounts of the fakes, of a file of options, or of the environment: checked as the module checks them.
 *
 * @throws UsageError
 */
export async function readConfiguration(args: Arguments, world: World): Promise<Configuration> {
  const { config, dotenv, flags } = args;
  const nothingToClose = async (): Promise<void> => {};
  if (flags.has('demo')) {
    if (config ?? dotenv)
      throw new UsageError('--demo has accounts of its own: leave out --config and --dotenv.', 'usage');
    const { options, close } = await startDemoVendors();
    return { options: checked(options, optionName), nameOf: optionName, close };
  }
  await loadEnvFile(world, dotenv, config !== undefined);
  if (config !== undefined) {
    const options = checked(await configFileOptions(world.cwd, config), optionName);
    if (options.apis.some(({ accounts, lookup }) => accounts.length > 0 || lookup)) {
      return { options, nameOf: optionName, close: nothingToClose };
    }
    throw new UsageError(`${config} has no accounts.`);
  }
  return { options: checked(environmentOptions(world.env), variableOf), nameOf: variableOf, close: nothingToClose };
}

/** Remedies that no variable can express. */
const NO_VARIABLE = /set `allowInsecure: true`|or a function that returns it/;

const optionName: NameOf = (api, option) => `${api}.${option}`;

function checked(given: AuthApisOptions, nameOf: NameOf): ResolvedOptions {
  try {
    return resolveOptions(given);
  } catch (error) {
    if (!isAuthApisOptionsError(error)) throw error;
    const problems = error.problems.map((each) =>
      each
        .replace(/^(\w+)\.(\w+)/, (_, api, option) => nameOf(api as string, option as string))
        .replace(NO_VARIABLE, nameOf === variableOf ? '$& (with --config)' : '$&'),
    );
    throw new UsageError(['The accounts cannot work:', ...problems.map((each) => `  - ${each}`)].join('\n'));
  }
}
