import type { AuthApisOptions, SparkflyOptions, VerbitOptions } from '../config/options.js';
import { UsageError } from './usage.error.js';
import type { World } from './world.js';

/** The variables that are read, by API and option. */
export const VARIABLES = {
  verbit: {
    apiKey: 'VERBIT_API_KEY',
    contract: 'VERBIT_CONTRACT',
    environment: 'VERBIT_ENVIRONMENT',
    baseURL: 'VERBIT_BASE_URL',
    tokenURL: 'VERBIT_TOKEN_URL',
  },
  sparkfly: {
    identity: 'SPARKFLY_IDENTITY',
    key: 'SPARKFLY_KEY',
    identityPrefix: 'SPARKFLY_IDENTITY_PREFIX',
    keyPrefix: 'SPARKFLY_KEY_PREFIX',
    environment: 'SPARKFLY_ENVIRONMENT',
    baseURL: 'SPARKFLY_BASE_URL',
    tokenURL: 'SPARKFLY_TOKEN_URL',
    authMethod: 'SPARKFLY_AUTH_METHOD',
    authScope: 'SPARKFLY_AUTH_SCOPE',
    forwardedFor: 'SPARKFLY_FORWARDED_FOR',
  },
} as const;

/** How an option of the environment is called: by its variable. */
export function variableOf(api: string, option: string): string {
  const variables: Readonly<Record<string, string>> | undefined = VARIABLES[api as keyof typeof VARIABLES];
  return variables?.[option] ?? option;
}

/**
 * The accounts that the environment has; an empty variable counts as not set. Values are unchecked.
 *
 * @throws UsageError when there are none, or half a pair
 */
export function environmentOptions(env: World['env']): AuthApisOptions {
  const verbit = read(env, VARIABLES.verbit);
  const sparkfly = read(env, VARIABLES.sparkfly);
  const options: AuthApisOptions = {
    ...(verbit.apiKey && { verbit: verbit as unknown as VerbitOptions }),
    ...(hasPair(sparkfly) && { sparkfly: sparkfly as unknown as SparkflyOptions }),
  };
  if (Object.keys(options).length > 0) return options;
  throw new UsageError(
    'No vendor is configured. Set VERBIT_API_KEY, or SPARKFLY_IDENTITY and SPARKFLY_KEY, in the environment or a .env; ' +
      'name a file of options with --config; or look at the fakes with --demo. nestjs-auth-apis check --help lists all variables.',
  );
}

type Values = Readonly<Record<string, string | undefined>>;

const read = (env: World['env'], variables: Readonly<Record<string, string>>): Values =>
  Object.fromEntries(Object.entries(variables).map(([option, variable]) => [option, env[variable] || undefined]));

function hasPair({ identity, key }: Values): boolean {
  if (!identity === !key) return identity !== undefined;
  const [given, missing] = identity ? ['SPARKFLY_IDENTITY', 'SPARKFLY_KEY'] : ['SPARKFLY_KEY', 'SPARKFLY_IDENTITY'];
  throw new UsageError(`${missing} is missing: ${given} is set, and Sparkfly needs both.`);
}
