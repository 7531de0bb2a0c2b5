import { mergeConfig } from 'vitest/config';
import base from './vitest.config.js';

/** Faults and fuzzing: slower than what one runs at every save, so not part of `npm test`; the gate runs them. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: undefined, exclude: undefined } },
  { test: { include: ['test/{faults,fuzz}/**/*.test.ts'], testTimeout: 60_000 } },
);
