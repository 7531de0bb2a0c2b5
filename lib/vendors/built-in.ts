import { sparkfly } from './sparkfly.api.js';
import type { TokenApi } from './token-api.js';
import { verbit } from './verbit.api.js';

interface BuiltIn {
  readonly api: Pick<TokenApi, 'name'>;
  /** The environment variables that the command reads, by the account's option. */
  readonly variables: Readonly<Record<string, string>>;
  /** Values to show where an option is wrong; any text else. */
  readonly examples?: Readonly<Record<string, string>>;
}

/** The APIs that need no definition: an option of `forRoot` has the name of each. */
export const BUILT_IN = {
  verbit: {
    api: verbit,
    variables: {
      apiKey: 'VERBIT_API_KEY',
      contract: 'VERBIT_CONTRACT',
      environment: 'VERBIT_ENVIRONMENT',
      baseURL: 'VERBIT_BASE_URL',
      tokenURL: 'VERBIT_TOKEN_URL',
    },
  },
  sparkfly: {
    api: sparkfly,
    variables: {
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
    examples: { identityPrefix: 'Identity', keyPrefix: 'Key', authScope: 'offers', forwardedFor: '203.0.113.7' },
  },
} as const satisfies Readonly<Record<string, BuiltIn>>;

export type BuiltInName = keyof typeof BUILT_IN;

export const BUILT_IN_NAMES = Object.keys(BUILT_IN) as readonly BuiltInName[];

export const builtInApi = (name: BuiltInName): TokenApi => BUILT_IN[name].api;

/** `undefined` for an API that the app defines. */
export const builtIn = (name: string): Omit<BuiltIn, 'api'> | undefined =>
  Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name as BuiltInName] : undefined;
