// Stand-ins for the vendors whose credentials are not in the environment. Their tokens die within seconds.
import type { OnApplicationShutdown } from '@nestjs/common';
import type { SparkflyOptions, VerbitOptions } from 'nestjs-auth-apis';
import { FakeSparkfly, FakeVerbit } from 'nestjs-auth-apis/testing';

const VERBIT_TOKEN_LIFETIME_MS = 8_000;
const SPARKFLY_TOKEN_LIFETIME_MS = 12_000;
/** With the pauses between them that is an outage of one to three seconds. */
const FAILED_REQUESTS = 2;

export class FakeVendors implements OnApplicationShutdown {
  private constructor(
    readonly verbit?: FakeVerbit,
    readonly sparkfly?: FakeSparkfly,
  ) {}

  static async start(verbit: VerbitOptions, sparkfly: SparkflyOptions): Promise<FakeVendors> {
    return new FakeVendors(
      verbit.apiKey ? undefined : await fakeVerbit(verbit),
      sparkfly.key ? undefined : await fakeSparkfly(sparkfly),
    );
  }

  /** Which vendors are fakes. */
  get names(): ('verbit' | 'sparkfly')[] {
    return [...(this.verbit ? (['verbit'] as const) : []), ...(this.sparkfly ? (['sparkfly'] as const) : [])];
  }

  /** What is said in place of the environment, to reach the fake. */
  get verbitAccount(): Partial<VerbitOptions> {
    if (!this.verbit) return {};
    const { apiKey, baseURL, tokenURL } = this.verbit;
    return { apiKey, baseURL, tokenURL };
  }

  /** The same for Sparkfly, whose token does not tell how long it lives. */
  get sparkflyAccount(): Partial<SparkflyOptions> {
    if (!this.sparkfly) return {};
    const { identity, key, baseURL, tokenURL } = this.sparkfly;
    return { identity, key, baseURL, tokenURL, tokenLifetimeMs: SPARKFLY_TOKEN_LIFETIME_MS };
  }

  /** Every token issued so far is refused from now on. */
  revokeTokens(): void {
    this.verbit?.revokeTokens();
    this.sparkfly?.revokeTokens();
  }

  /** The first vendor that is a fake cannot issue tokens for a moment. */
  failTokenRequests(): void {
    (this.verbit ?? this.sparkfly)?.failNext({ status: 503, times: FAILED_REQUESTS });
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.verbit?.close(), this.sparkfly?.close()]);
  }
}

/** Each fake speaks what the environment says of its vendor. */
function fakeVerbit({ contract }: VerbitOptions): Promise<FakeVerbit> {
  return FakeVerbit.start({
    tokenLifetimeMs: VERBIT_TOKEN_LIFETIME_MS,
    contract: contract === 'users' ? 'users' : 'v0.8',
  });
}

function fakeSparkfly({ identityPrefix, keyPrefix, environment, authMethod }: SparkflyOptions): Promise<FakeSparkfly> {
  return FakeSparkfly.start({
    tokenLifetimeMs: SPARKFLY_TOKEN_LIFETIME_MS,
    contract: environment === 'pos-staging' || authMethod === 'GET' ? 'pos' : 'core',
    identityPrefix,
    keyPrefix,
  });
}
