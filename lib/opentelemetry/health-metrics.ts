import type { Attributes, BatchObservableResult, Meter } from '@opentelemetry/api';
import type { AccountPool } from '../accounts/account-pool.js';
import type { AuthApis } from '../module/auth-apis.js';
import { healthOf, type TokenHealth } from '../token/token-health.js';
import type { AccountAttributes } from './account-attributes.js';
import { countHealth } from './count-health.js';
import { ATTRIBUTE, METRIC } from './names.js';

const STANDINGS: readonly TokenHealth[] = ['up', 'failing', 'down', 'idle'];

/**
 * The health of all tokens at each collection. Whatever was observed once is observed again, for the SDK repeats the last
 * value of what is not: an expired token has 0 seconds left, a health that no token has is 0.
 */
export class StandingMetrics {
  readonly #apis: AuthApis;
  readonly #accounts: AccountAttributes;
  readonly #withOthers = new Set<string>();
  readonly #stop: () => void;

  constructor(meter: Meter, apis: AuthApis, accounts: AccountAttributes) {
    this.#apis = apis;
    this.#accounts = accounts;
    const instruments = instrumentsOf(meter);
    const { standing, timeToExpiry, storeUp } = instruments;
    const observe = (result: BatchObservableResult): Promise<void> => this.#observe(result, instruments);
    meter.addBatchObservableCallback(observe, [standing, timeToExpiry, storeUp]);
    this.#stop = () => meter.removeBatchObservableCallback(observe, [standing, timeToExpiry, storeUp]);
  }

  stop(): void {
    this.#stop();
  }

  async #observe(result: BatchObservableResult, { standing, timeToExpiry, storeUp }: Instruments): Promise<void> {
    const { clock, pools, storeState } = this.#apis;
    const wallNow = clock.wallNow();
    if (storeState) result.observe(storeUp, storeState === 'up' ? 1 : 0);
    for (const pool of pools) {
      for (const name of pool.names) {
        const { tokens } = pool.configured(name)!;
        const whose = this.#accounts.of(tokens.label);
        const status = tokens.status();
        const leftMs = (status.usableUntil ?? wallNow) - wallNow;
        result.observe(timeToExpiry, Math.max(0, leftMs) / 1_000, whose);
        this.#observeStandings(result, standing, whose, { [healthOf(status)]: 1 });
      }
      await this.#observeOthers(result, standing, pool);
    }
  }

  async #observeOthers(
    result: BatchObservableResult,
    standing: Instruments['standing'],
    pool: AccountPool,
  ): Promise<void> {
    const counts = await countHealth(pool.lookedUp);
    if (pool.resolvedSite || Object.values(counts).some(Boolean)) this.#withOthers.add(pool.api);
    if (this.#withOthers.has(pool.api))
      this.#observeStandings(result, standing, this.#accounts.others(pool.api), counts);
  }

  #observeStandings(
    result: BatchObservableResult,
    instrument: Instruments['standing'],
    whose: Attributes,
    counts: Partial<Record<TokenHealth, number>>,
  ): void {
    for (const each of STANDINGS) result.observe(instrument, counts[each] ?? 0, { ...whose, [ATTRIBUTE.health]: each });
  }
}

type Instruments = ReturnType<typeof instrumentsOf>;

const instrumentsOf = (meter: Meter) => ({
  standing: meter.createObservableUpDownCounter(METRIC.count, {
    description: 'Tokens by health: up, failing, down or idle.',
    unit: '{token}',
  }),
  timeToExpiry: meter.createObservableGauge(METRIC.timeToExpiry, {
    description: 'Time until the current token expires; 0 when there is none.',
    unit: 's',
  }),
  storeUp: meter.createObservableGauge(METRIC.storeUp, {
    description: 'Whether the store that replicas share tokens through can be had: 1 or 0.',
  }),
});
