// Every environment variable that the app reads. An empty one counts as not set.
import type { SparkflyOptions, VerbitOptions } from 'nestjs-auth-apis';

/** The environment cannot work; the message says why. */
export class EnvironmentError extends Error {}

const read = (name: string): string | undefined => process.env[name] || undefined;

export function listenAddress(): { port: number; host: string } {
  const port = Number(read('PORT') ?? 3000);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new EnvironmentError('PORT must be a number from 0 (any free port) to 65535.');
  }
  return { port, host: read('HOST') ?? '127.0.0.1' };
}

// The casts below are safe: the module checks its options at boot and says which is wrong.

export function verbitSettings(): VerbitOptions {
  return {
    apiKey: read('VERBIT_API_KEY'),
    contract: read('VERBIT_CONTRACT') as VerbitOptions['contract'],
    environment: read('VERBIT_ENVIRONMENT') as VerbitOptions['environment'],
    baseURL: read('VERBIT_BASE_URL'),
    tokenURL: read('VERBIT_TOKEN_URL'),
  };
}

export function sparkflySettings(): SparkflyOptions {
  return {
    ...sparkflyCredentials(),
    identityPrefix: read('SPARKFLY_IDENTITY_PREFIX'),
    keyPrefix: read('SPARKFLY_KEY_PREFIX'),
    environment: read('SPARKFLY_ENVIRONMENT') as SparkflyOptions['environment'],
    baseURL: read('SPARKFLY_BASE_URL'),
    tokenURL: read('SPARKFLY_TOKEN_URL'),
    authMethod: read('SPARKFLY_AUTH_METHOD') as SparkflyOptions['authMethod'],
    authScope: read('SPARKFLY_AUTH_SCOPE'),
    forwardedFor: read('SPARKFLY_FORWARDED_FOR'),
  };
}

function sparkflyCredentials(): Pick<SparkflyOptions, 'identity' | 'key'> {
  const identity = read('SPARKFLY_IDENTITY');
  const key = read('SPARKFLY_KEY');
  if (!identity === !key) return { identity, key };
  const [given, missing] = identity ? ['SPARKFLY_IDENTITY', 'SPARKFLY_KEY'] : ['SPARKFLY_KEY', 'SPARKFLY_IDENTITY'];
  throw new EnvironmentError(
    `${missing} is missing: ${given} is set, and Sparkfly needs both. Set neither for the fake.`,
  );
}
