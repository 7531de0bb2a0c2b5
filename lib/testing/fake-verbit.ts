import { systemClock } from '../common/clock.js';
import { VERBIT_USERS_TOKEN_LIFETIME_MS, VERBIT_V08_TOKEN_LIFETIME_MS } from './vendor/fake-defaults.js';
import { FakeVendor } from './vendor/fake-vendor.js';
import { VENDOR_CHECKS, type FakeVendorOptions } from './vendor/fake-vendor-options.js';
import { KeyRing } from './vendor/key-ring.js';
import { checkOptions, oneOf, someTexts } from './vendor/option-checks.js';
import { TokenBook } from './vendor/token-book.js';
import { verbitWire, type VerbitContract, type VerbitTokenOwner } from './verbit/verbit-wire.js';

/**
 * Options of {@link FakeVerbit.start}.
 *
 * @publicApi
 */
export interface FakeVerbitOptions extends FakeVendorOptions {
  /** The API key that buys a token, or several of them. @default 'fake-verbit-key' */
  readonly apiKey?: string | string[];
  /** Which of Verbit's token endpoints to be; `users` tokens live 24 hours instead of one. @default 'v0.8' */
  readonly contract?: VerbitContract;
}

/**
 * Verbit in this process: `POST /auth`, the orders of the v0.8 description, and `/echo`, on real HTTP.
 *
 * @example
 * ```ts
 * const verbit = await FakeVerbit.start({ tokenLifetimeMs: 2_000 });
 * AuthApisModule.forRoot({ verbit: { apiKey: verbit.apiKey, baseURL: verbit.baseURL } });
 * // ... exercise the app, then:
 * expect(verbit.counters.tokenRequests).toBe(1);
 * await verbit.close();
 * ```
 * @publicApi
 */
export class FakeVerbit extends FakeVendor<VerbitTokenOwner> {
  /** @throws TypeError naming the option that is wrong, and what to give instead */
  static async start(options: FakeVerbitOptions = {}): Promise<FakeVerbit> {
    checkOptions('FakeVerbit.start()', options, {
      ...VENDOR_CHECKS,
      apiKey: someTexts,
      contract: oneOf('v0.8', 'users'),
    });
    const fake = new FakeVerbit(options);
    await fake.listen(options.port);
    return fake;
  }

  private constructor(options: FakeVerbitOptions) {
    const { contract = 'v0.8', clock = systemClock } = options;
    const documentedMs = contract === 'users' ? VERBIT_USERS_TOKEN_LIFETIME_MS : VERBIT_V08_TOKEN_LIFETIME_MS;
    const keys = new KeyRing(options.apiKey ?? 'fake-verbit-key');
    const tokens = new TokenBook<VerbitTokenOwner>(clock, options.tokenLifetimeMs ?? documentedMs);
    super({ wire: verbitWire(contract, keys, tokens, clock), keys, tokens, clock, options });
  }

  /** The API key that is accepted now; the first, if several are. */
  get apiKey(): string {
    return this.keyRing.first;
  }

  /** Every API key that is accepted now. */
  get apiKeys(): readonly string[] {
    return this.keyRing.all;
  }
}
