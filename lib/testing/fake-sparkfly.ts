import { systemClock } from '../common/clock.js';
import { SPARKFLY_TOKEN_LIFETIME_MS } from './vendor/fake-defaults.js';
import { FakeVendor } from './vendor/fake-vendor.js';
import { VENDOR_CHECKS, type FakeVendorOptions } from './vendor/fake-vendor-options.js';
import { KeyRing } from './vendor/key-ring.js';
import { aRecordOf, aText, checkOptions, oneOf, someTexts } from './vendor/option-checks.js';
import { sparkflyWire, type SparkflyPlace, type SparkflyTokenOwner } from './sparkfly/sparkfly-wire.js';
import { TokenBook } from './vendor/token-book.js';

/**
 * Options of {@link FakeSparkfly.start}.
 *
 * @publicApi
 */
export interface FakeSparkflyOptions extends FakeVendorOptions {
  /** @default 'fake-identity' */
  readonly identity?: string;
  /** The key that buys a token, or several of them. @default 'fake-key' */
  readonly key?: string | string[];
  /** Further accounts: identities, and the key, or keys, of each. @default none */
  readonly accounts?: Readonly<Record<string, string | string[]>>;
  /** A word that must stand before the identity, joined by one space. @default none */
  readonly identityPrefix?: string;
  /** A word that must stand before the key, joined by one space. @default none */
  readonly keyPrefix?: string;
  /** `POST /v1.0/auth` as documented, or `POST /auth` as in the SDK's generated code. @default 'base' */
  readonly authPath?: 'base' | 'root';
  /** How the token endpoint is asked; older platform documents show `GET /auth`. @default 'POST', in `pos` 'GET' */
  readonly authMethod?: 'POST' | 'GET';
  /** The platform, or the POS API: `GET /auth`, and no `/v1.0` anywhere. @default 'core' */
  readonly contract?: 'core' | 'pos';
}

/**
 * Sparkfly in this process: the token endpoint, a few calls of its API, and `/echo`, on real HTTP.
 *
 * @example
 * ```ts
 * const sparkfly = await FakeSparkfly.start();
 * const { identity, key, baseURL } = sparkfly;
 * AuthApisModule.forRoot({ sparkfly: { identity, key, baseURL } });
 * sparkfly.revokeTokens(); // the next call gets a 401, and the app should not notice
 * await sparkfly.close();
 * ```
 * @publicApi
 */
export class FakeSparkfly extends FakeVendor<SparkflyTokenOwner> {
  /** The identity that is accepted; the first, if `accounts` has further ones. */
  readonly identity: string;
  readonly #accounts: ReadonlyMap<string, KeyRing>;

  /** @throws TypeError naming the option that is wrong, and what to give instead */
  static async start(options: FakeSparkflyOptions = {}): Promise<FakeSparkfly> {
    checkOptions('FakeSparkfly.start()', options, {
      ...VENDOR_CHECKS,
      identity: aText,
      key: someTexts,
      accounts: aRecordOf(someTexts),
      identityPrefix: aText,
      keyPrefix: aText,
      authPath: oneOf('base', 'root'),
      authMethod: oneOf('POST', 'GET'),
      contract: oneOf('core', 'pos'),
    });
    if (options.contract === 'pos' && options.authPath) {
      throw new TypeError('FakeSparkfly.start(): "authPath" has no meaning for contract \'pos\'; leave it out');
    }
    const fake = new FakeSparkfly(options);
    await fake.listen(options.port);
    return fake;
  }

  private constructor(options: FakeSparkflyOptions) {
    const { identity = 'fake-identity', identityPrefix, keyPrefix, clock = systemClock } = options;
    const keys = new KeyRing(options.key ?? 'fake-key');
    const tokens = new TokenBook<SparkflyTokenOwner>(clock, options.tokenLifetimeMs ?? SPARKFLY_TOKEN_LIFETIME_MS);
    const others = Object.entries(options.accounts ?? {}).map(([name, key]) => [name, new KeyRing(key)] as const);
    const accounts = new Map([...others, [identity, keys]]);
    const wire = sparkflyWire(placeOf(options), { accounts, identityPrefix, keyPrefix }, tokens);
    super({ wire, keys, tokens, clock, options });
    this.identity = identity;
    this.#accounts = accounts;
  }

  /** The key that is accepted now; the first, if several are. */
  get key(): string {
    return this.keyRing.first;
  }

  /**
   * Retires an account's keys: only `newKey` is accepted from now on. Tokens that were issued live on.
   *
   * @param identity whose; the first account's by default
   * @throws TypeError when there is no such account, or the key is none
   */
  override rotateKey(newKey: string | string[], identity: string = this.identity): void {
    const keys = this.#accounts.get(identity);
    if (!keys)
      throw new TypeError(
        `rotateKey(): no account has this identity; known are ${[...this.#accounts.keys()].join(', ')}`,
      );
    keys.rotate(newKey);
  }

  /** Every key that is accepted now. */
  get keys(): readonly string[] {
    return this.keyRing.all;
  }
}

function placeOf({ contract = 'core', authPath = 'base', authMethod }: FakeSparkflyOptions): SparkflyPlace {
  if (contract === 'pos') return { basePath: '', tokenPath: '/auth', tokenMethod: authMethod ?? 'GET' };
  const tokenPath = authPath === 'root' ? '/auth' : '/v1.0/auth';
  return { basePath: '/v1.0', tokenPath, tokenMethod: authMethod ?? 'POST' };
}
