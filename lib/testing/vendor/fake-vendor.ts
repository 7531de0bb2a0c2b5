import type { Clock } from '../../common/clock.js';
import type { FakeVendorOptions } from './fake-vendor-options.js';
import type { FakeFault } from './fault-queue.js';
import { FrontDesk } from './front-desk.js';
import type { KeyRing } from './key-ring.js';
import { aBoolean, aCount, aDelay, aLifetime, checkValue } from './option-checks.js';
import type { FakeRequest } from './request-log.js';
import type { FakeCounters } from './tally.js';
import type { TokenBook, TokenTimes } from './token-book.js';
import { VendorServer } from './vendor-server.js';
import type { VendorWire } from './vendor-wire.js';

/** What a fake vendor is put together from. */
export interface VendorParts<Owner extends object> {
  readonly wire: VendorWire;
  readonly keys: KeyRing;
  readonly tokens: TokenBook<Owner>;
  readonly clock: Clock;
  readonly options: FakeVendorOptions;
}

/**
 * A vendor that runs in this process and speaks real HTTP on loopback; what it says is up to its wire.
 *
 * @publicApi
 */
export abstract class FakeVendor<Owner extends object> {
  readonly #wire: VendorWire;
  readonly #tokens: TokenBook<Owner>;
  readonly #desk: FrontDesk;
  readonly #server: VendorServer;

  /** @internal */
  protected readonly keyRing: KeyRing;

  /** @internal */
  protected constructor({ wire, keys, tokens, clock, options }: VendorParts<Owner>) {
    this.#wire = wire;
    this.#tokens = tokens;
    this.#desk = new FrontDesk(wire, tokens, clock, options);
    this.#server = new VendorServer((...exchange) => this.#desk.serve(...exchange));
    this.keyRing = keys;
  }

  /** @internal */
  protected listen(port = 0): Promise<void> {
    return this.#server.listen(port);
  }

  /** Such as `http://127.0.0.1:40213`. */
  get origin(): string {
    return this.#server.origin;
  }

  /** What an account's `baseURL` option takes. */
  get baseURL(): string {
    return this.origin + this.#wire.basePath;
  }

  /** The token endpoint, absolute. */
  get tokenURL(): string {
    return this.origin + this.#wire.tokenPath;
  }

  /** A snapshot: read it again after the next request. */
  get counters(): FakeCounters {
    return this.#desk.tally.snapshot(this.#tokens.issued.length);
  }

  /** The last 10,000 requests, oldest first. */
  get requests(): readonly FakeRequest[] {
    return this.#desk.log.entries;
  }

  /** Every token issued, oldest first. */
  get tokensIssued(): readonly string[] {
    return this.#tokens.issued;
  }

  /** For whom and until when a token was issued; `undefined` for a token of someone else. */
  tokenDetails(token: string): (Owner & TokenTimes) | undefined {
    return this.#tokens.details(token);
  }

  /** Accepts the new key (or keys) alone from now on, as vendors do; tokens that the old one bought stay good. */
  rotateKey(newKey: string | string[]): void {
    this.keyRing.rotate(newKey);
  }

  /** All tokens issued so far count as expired. */
  expireTokens(): void {
    this.#tokens.endAll('expired');
  }

  /** All tokens issued so far are refused with 401 from now on, long before their time. */
  revokeTokens(): void {
    this.#tokens.endAll('revoked');
  }

  /** The next `n` API calls get the vendor's 401 even with a good token, which stays good. */
  rejectNext(n = 1): void {
    checkValue('rejectNext()', 'n', n, aCount(0));
    if (n > 0) this.#desk.faults.add({ on: 'api', status: 401, times: n });
  }

  /** Scripts a fault; several queue up, first in first out. */
  failNext(fault: FakeFault = {}): void {
    this.#desk.faults.add(fault);
  }

  /** Clears counters, log and scripted faults; tokens, keys and latency stay. */
  reset(): void {
    this.#desk.tally.restart(this.#tokens.issued.length);
    this.#desk.log.clear();
    this.#desk.faults.clear();
  }

  /** Milliseconds every answer waits from now on; token requests too, unless `tokenLatencyMs` was given. */
  setLatency(ms: number): void {
    checkValue('setLatency()', 'ms', ms, aDelay);
    this.#desk.latencyMs = ms;
  }

  /** Life of the tokens issued from now on, milliseconds. */
  setTokenLifetime(ms: number): void {
    checkValue('setTokenLifetime()', 'ms', ms, aLifetime);
    this.#tokens.lifetimeMs = ms;
  }

  /** Hands out the same token again while it lives, as vendors do that cache theirs. */
  repeatToken(enabled: boolean): void {
    checkValue('repeatToken()', 'enabled', enabled, aBoolean);
    this.#tokens.repeat = enabled;
  }

  /** Cuts every connection, also those left hanging; may be called again. */
  close(): Promise<void> {
    return this.#server.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
