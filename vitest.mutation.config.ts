import base from './vitest.config.js';

/** The suites that mutants are tried on: all that is fast. What starts processes or whole apps over and over stays out. */
export default {
  ...base,
  test: {
    ...base.test,
    include: [
      'test/unit/{common,interceptor,request,scheduler,token,vendors}/**/*.test.ts',
      'test/e2e/{attach,no-leak-errors,origin-lock,outbound-*,redirect,replay-*}.test.ts',
    ],
    // The modules are loaded once a run, not once a file: half of the time otherwise.
    isolate: false,
  },
};
