import type { Clock } from '../../common/clock.js';
import { aClock, aDelay, aLifetime, anInteger, type Check } from './option-checks.js';

/**
 * Options of every fake vendor.
 *
 * @publicApi
 */
export interface FakeVendorOptions {
  /** TCP port on 127.0.0.1. @default 0: one that is free */
  readonly port?: number;
  /**
   * Life of a token, milliseconds. A Verbit token tells it; for a Sparkfly one give the account the same
   * `tokenLifetimeMs`.
   *
   * @default the vendor's documented one
   */
  readonly tokenLifetimeMs?: number;
  /** Every answer waits this long, milliseconds of real time. @default 0 */
  readonly latencyMs?: number;
  /** The same for token requests alone, milliseconds of real time. @default `latencyMs` */
  readonly tokenLatencyMs?: number;
  /**
   * The vendor's clock: its wall time decides about expiry and stands in `Date` headers and tokens.
   *
   * @default the machine's
   */
  readonly clock?: Clock;
}

export const VENDOR_CHECKS: Readonly<Record<keyof FakeVendorOptions, Check>> = {
  port: anInteger(0, 65_535),
  tokenLifetimeMs: aLifetime,
  latencyMs: aDelay,
  tokenLatencyMs: aDelay,
  clock: aClock,
};
