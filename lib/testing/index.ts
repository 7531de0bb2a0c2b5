export { ManualClock } from './manual-clock.js';
export { FakeVerbit, type FakeVerbitOptions } from './fake-verbit.js';
export { FakeSparkfly, type FakeSparkflyOptions } from './fake-sparkfly.js';
export type { FakeVendorOptions } from './vendor/fake-vendor-options.js';
export type { FakeFault } from './vendor/fault-queue.js';
export type { FakeRequest } from './vendor/request-log.js';
export type { FakeCounters } from './vendor/tally.js';
export { tokenStoreChecks, type TokenStoreCheck } from './token-store-checks.js';
