import type { Random } from '../common/backoff.js';
import type { Clock } from '../common/clock.js';
import { systemClock } from '../common/clock.js';
import {
  AHEAD_CAP_MS,
  AHEAD_RATIO,
  ATTEMPT_TIMEOUT_MS,
  AUTH_TIMEOUT_MS,
  BACKOFF_INITIAL_MS,
  BACKOFF_MAX_MS,
} from '../common/defaults.js';
import { DEFAULT_ACCOUNT } from '../common/messages.js';
import type { SecretInput } from '../common/secret.js';
import { Secret } from '../common/secret.js';
import { defaultAuthMethod, sparkflyEndpoints } from '../vendors/sparkfly.endpoints.js';
import type { SparkflyAuthMethod } from '../vendors/sparkfly.wire.js';
import type { Endpoints } from '../vendors/token-api.definition.js';
import { verbitEndpoints } from '../vendors/verbit.endpoints.js';
import type { VerbitContract } from '../vendors/verbit.wire.js';
import type {
  AccountOptions,
  ApiAnswer,
  AttachTarget,
  AuthApisOptions,
  HttpConfig,
  SparkflyOptions,
  VerbitOptions,
} from './options.js';
import { asList, checkIsObject, checkOptions } from './check-options.js';
import { ownOptions } from './own-options.js';

/** An account with every default filled in and its secrets out of sight. */
interface ResolvedAccountBase {
  readonly name: string;
  readonly endpoints: Endpoints;
  /** Every origin the token may be sent to. */
  readonly origins: ReadonlySet<string>;
  readonly tokenLifetimeMs?: number;
  readonly http: HttpConfig;
}

export interface ResolvedVerbitAccount extends ResolvedAccountBase {
  readonly api: 'verbit';
  readonly secrets: { readonly apiKey: Secret };
  readonly contract: VerbitContract;
}

export interface ResolvedSparkflyAccount extends ResolvedAccountBase {
  readonly api: 'sparkfly';
  readonly secrets: { readonly identity: Secret; readonly key: Secret };
  readonly prefixes: { readonly identityPrefix?: string; readonly keyPrefix?: string };
  readonly params: { readonly authScope?: string; readonly forwardedFor?: string };
  readonly authMethod: SparkflyAuthMethod;
}

export type ResolvedAccount = ResolvedVerbitAccount | ResolvedSparkflyAccount;

export interface ResolvedOptions {
  readonly accounts: readonly ResolvedAccount[];
  readonly prefetch: 'background' | 'await' | 'none';
  readonly refresh: {
    readonly enabled: boolean;
    readonly aheadRatio: number;
    readonly aheadCapMs: number;
    readonly backoff: { readonly initialMs: number; readonly maxMs: number };
  };
  readonly authTimeoutMs: number;
  readonly attemptTimeoutMs: number;
  readonly attachTo: readonly AttachTarget[];
  readonly isUnauthorized: (answer: ApiAnswer) => boolean;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Checks options as a whole and fills in the defaults.
 *
 * @throws AuthApisOptionsError with all problems at once
 */
export function resolveOptions(given: AuthApisOptions): ResolvedOptions {
  checkIsObject(given);
  const options = ownOptions(given);
  checkOptions(options);
  const { refresh } = options;
  return {
    accounts: [...asList(options.verbit).map(resolveVerbit), ...asList(options.sparkfly).map(resolveSparkfly)],
    prefetch: options.prefetch ?? 'background',
    refresh: {
      enabled: refresh?.enabled ?? true,
      aheadRatio: refresh?.aheadRatio ?? AHEAD_RATIO,
      aheadCapMs: refresh?.aheadCapMs ?? AHEAD_CAP_MS,
      backoff: {
        initialMs: refresh?.backoff?.initialMs ?? BACKOFF_INITIAL_MS,
        maxMs: refresh?.backoff?.maxMs ?? BACKOFF_MAX_MS,
      },
    },
    authTimeoutMs: options.authTimeoutMs ?? AUTH_TIMEOUT_MS,
    attemptTimeoutMs: options.attemptTimeoutMs ?? ATTEMPT_TIMEOUT_MS,
    attachTo: options.attachTo ?? [],
    isUnauthorized: options.isUnauthorized ?? (({ status }) => status === 401),
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  };
}

function resolveVerbit(options: VerbitOptions): ResolvedVerbitAccount {
  const contract = options.contract ?? 'v0.8';
  const environment = options.environment ?? 'production';
  // checkOptions has refused the one combination that has no endpoints.
  const endpoints = verbitEndpoints({ contract, environment, ...urlsOf(options) })!;
  return {
    ...resolveCommon(options, endpoints),
    api: 'verbit',
    secrets: { apiKey: secretOf(options.apiKey) },
    contract,
  };
}

function resolveSparkfly(options: SparkflyOptions): ResolvedSparkflyAccount {
  const { identityPrefix, keyPrefix, authScope, forwardedFor } = options;
  const environment = options.environment ?? 'staging';
  const authMethod = options.authMethod ?? defaultAuthMethod(environment);
  return {
    ...resolveCommon(options, sparkflyEndpoints({ environment, ...urlsOf(options) })),
    api: 'sparkfly',
    secrets: { identity: secretOf(options.identity), key: secretOf(options.key) },
    prefixes: { identityPrefix, keyPrefix },
    params: { authScope, forwardedFor },
    authMethod,
  };
}

function resolveCommon(options: AccountOptions, endpoints: Endpoints): ResolvedAccountBase {
  const allowed = [endpoints.baseURL, ...endpoints.furtherOrigins, ...(options.allowedOrigins ?? [])];
  return {
    name: options.name ?? DEFAULT_ACCOUNT,
    endpoints,
    origins: new Set(allowed.map((url) => new URL(url).origin)),
    tokenLifetimeMs: options.tokenLifetimeMs,
    http: options.http ?? (Object.create(null) as HttpConfig),
  };
}

/** By name, so that one that is not given is `undefined` here and nobody's else. */
const urlsOf = ({ baseURL, authURL }: AccountOptions) => ({ baseURL, authURL });

/** checkOptions has refused a missing one. */
const secretOf = (input: SecretInput): Secret => new Secret(input!);
