import base from './vitest.config.js';

/** The suites that mutants are tried on: all that is fast. What starts processes or whole apps over and over stays out. */
export default {
  ...base,
  test: {
    ...base.test,
    include: [
      'test/unit/{accounts,common,interceptor,request,scheduler,store,token,vendors}/**/*.test.ts',
      'test/e2e/{attach,fetch,outbound,retry}/**/*.test.ts',
      'test/e2e/{body/streamed-response-faults,connection/proxy-fetch,origin/origins,redirect/redirect}.test.ts',
      'test/e2e/{secrets/no-leak-errors,secrets/rotation,token/last-call}.test.ts',
    ],
    // The modules are loaded once a run, not once a file: half of the time otherwise.
    isolate: false,
  },
};
