import { wanted } from '../wanted.js';
import { accounts } from './accounts.js';
import { loopback } from './loopback.js';
import { peek } from './peek.js';
import type { Scenario } from './scenario.js';
import { stampede } from './stampede.js';
import { startUp } from './start-up.js';
import { bytes, stub } from './stub.js';
import { expiry, outage, revocation } from './under-load.js';

export const SCENARIOS: readonly Scenario[] = [
  stub,
  bytes,
  loopback,
  stampede,
  expiry,
  outage,
  revocation,
  peek,
  accounts,
  startUp,
];

/** All, or those that `BENCH_SCENARIOS` names. @throws RangeError where it names one that there is not */
export const wantedScenarios = (): readonly Scenario[] => wanted('BENCH_SCENARIOS', SCENARIOS);
