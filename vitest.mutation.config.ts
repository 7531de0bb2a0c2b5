import base from './vitest.config.js';

/** The suites that mutants are tried on: all that is fast. What starts processes or whole apps over and over stays out. */
export default {
  ...base,
  test: {
    ...base.test,
    include: [
      'test/unit/{accounts,common,interceptor,request,scheduler,token,vendors}/**/*.test.ts',
      'test/e2e/{accounts-attach,attach,client-fetch*,no-leak-errors,origin-lock,outbound-*,proxy-fetch}.test.ts',
      'test/e2e/{redirect,replay-*,same-tick,secret-rotation,streamed-answer-faults,token-last-call}.test.ts',
    ],
    // The modules are loaded once a run, not once a file: half of the time otherwise.
    isolate: false,
  },
};
