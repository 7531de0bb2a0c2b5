import type { Meter } from '@opentelemetry/api';
import type { AccountLabel } from '../common/errors.js';
import type { AuthApisEvent } from '../common/token-events.js';
import type { AccountAttributes } from './account-attributes.js';
import { errorType, OTHER } from './error-attributes.js';
import { ATTRIBUTE, METRIC } from './names.js';

/** Seconds. An attempt ends after 5 by default, and with a store after 14; a caller waits for 10. */
const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 7.5, 10, 15];
/** Seconds. An operation of the store ends after 0.25 by default. */
const STORE_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/** What happens, counted and timed. */
export class TokenMetrics {
  readonly #accounts: AccountAttributes;
  readonly #instruments: ReturnType<typeof instrumentsOf>;

  constructor(meter: Meter, accounts: AccountAttributes) {
    this.#accounts = accounts;
    this.#instruments = instrumentsOf(meter);
  }

  /** @param source where the token came from; `undefined` when none came */
  requestEnded(label: AccountLabel, durationMs: number, error: unknown, source?: 'vendor' | 'store'): void {
    const attributes = { ...this.#accounts.of(label), ...(source && { [ATTRIBUTE.source]: source }) };
    this.#instruments.requestDuration.record(durationMs / 1_000, { ...attributes, ...errorType(error) });
  }

  waitEnded(label: AccountLabel, durationMs: number, error: unknown): void {
    this.#instruments.waitDuration.record(durationMs / 1_000, { ...this.#accounts.of(label), ...errorType(error) });
  }

  storeOperationEnded(operation: string, durationMs: number, outcome: 'ok' | 'failed'): void {
    const failure = outcome === 'failed' && { [ATTRIBUTE.errorType]: OTHER };
    this.#instruments.storeDuration.record(durationMs / 1_000, { [ATTRIBUTE.operation]: operation, ...failure });
  }

  happened(event: AuthApisEvent): void {
    const { obtained, rejections, retries, evictions } = this.#instruments;
    const whose = this.#accounts.of(event);
    if (event.type === 'tokenObtained') obtained.add(1, { ...whose, [ATTRIBUTE.source]: event.source });
    else if (event.type === 'tokenRejected') rejections.add(1, whose);
    else if (event.type === 'callRetried') retries.add(1, { ...whose, [ATTRIBUTE.accepted]: event.accepted });
    else if (event.type === 'accountEvicted') evictions.add(1, { ...whose, [ATTRIBUTE.reason]: event.reason });
  }
}

const instrumentsOf = (meter: Meter) => ({
  requestDuration: meter.createHistogram(METRIC.requestDuration, {
    description: 'Duration of attempts to get a token, from the vendor or from the store that replicas share.',
    unit: 's',
    advice: { explicitBucketBoundaries: REQUEST_BUCKETS },
  }),
  waitDuration: meter.createHistogram(METRIC.waitDuration, {
    description: 'How long callers waited who found no token.',
    unit: 's',
    advice: { explicitBucketBoundaries: REQUEST_BUCKETS },
  }),
  obtained: meter.createCounter(METRIC.obtained, { description: 'Tokens obtained.', unit: '{token}' }),
  rejections: meter.createCounter(METRIC.rejections, {
    description: 'Tokens thrown away before their end: an API answered 401, or the app called invalidate().',
    unit: '{token}',
  }),
  retries: meter.createCounter(METRIC.retries, {
    description: 'Calls retried with another token.',
    unit: '{call}',
  }),
  evictions: meter.createCounter(METRIC.evictions, {
    description: 'Tokens dropped because their account was not used, or others needed its place.',
    unit: '{token}',
  }),
  storeDuration: meter.createHistogram(METRIC.storeDuration, {
    description: 'Duration of operations of the store that replicas share tokens through.',
    unit: 's',
    advice: { explicitBucketBoundaries: STORE_BUCKETS },
  }),
});
