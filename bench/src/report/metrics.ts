/** How a figure is shown, and which way it is better. */
export interface Metric {
  readonly title: string;
  readonly better: 'less' | 'more';
  readonly digits: number;
  /** A count that is the same in every round: its ratio to a yardstick says nothing. */
  readonly isCount?: true;
  /** Shown, but nothing that one would want to win in: what it is for is in the other figures. */
  readonly isNoContest?: true;
}

/** By scenario, in the order of the columns. */
export const METRICS: Readonly<Record<string, Readonly<Record<string, Metric>>>> = {
  stub: { cpuMicros: { title: 'CPU µs/call', better: 'less', digits: 1 } },
  bytes: { bytes: { title: 'bytes/call', better: 'less', digits: 0 } },
  loopback: {
    callsPerSecond: { title: 'calls/s', better: 'more', digits: 0 },
    cpuMicros: { title: 'CPU µs/call', better: 'less', digits: 0 },
    p50Ms: { title: 'p50 ms', better: 'less', digits: 1 },
    p99Ms: { title: 'p99 ms', better: 'less', digits: 1 },
  },
  stampede: {
    wallMs: { title: 'ms', better: 'less', digits: 0 },
    tokenRequests: { title: 'token requests', better: 'less', digits: 0, isCount: true },
    failed: { title: 'failed', better: 'less', digits: 0, isCount: true },
  },
  expiry: underLoad(),
  outage: underLoad(),
  revocation: underLoad(),
  peek: {
    nanos: { title: 'ns', better: 'less', digits: 1 },
    bytes: { title: 'bytes', better: 'less', digits: 1, isCount: true },
  },
  accounts: {
    heapBytesEach: { title: 'bytes each', better: 'less', digits: 0 },
    idleCpuPercent: { title: 'idle, % of a core', better: 'less', digits: 2 },
    refreshMicros: { title: 'CPU µs/refresh', better: 'less', digits: 1 },
    mostAtOnce: { title: 'most requests at once', better: 'less', digits: 0, isCount: true },
  },
  'start-up': {
    readyMs: { title: 'ms until ready', better: 'less', digits: 0 },
    cpuMs: { title: 'CPU ms', better: 'less', digits: 0 },
    modules: { title: 'modules', better: 'less', digits: 0, isCount: true },
    ownModules: { title: 'of this package', better: 'less', digits: 0, isCount: true },
    optionalPeers: { title: 'of optional peers', better: 'less', digits: 0, isCount: true },
    filesRead: { title: 'other files read', better: 'less', digits: 0, isCount: true },
  },
};

function underLoad(): Readonly<Record<string, Metric>> {
  const count = { better: 'less', digits: 0, isCount: true } as const;
  return {
    // Who refreshes before the end asks a little more often than who lets calls run into it.
    tokenRequests: { ...count, title: 'token requests', isNoContest: true },
    refusedByApi: { ...count, title: '401s of the API' },
    seen401: { ...count, title: '401s seen by callers' },
    failed: { ...count, title: 'calls that failed' },
    // Who fails at once has not waited, and is none the better for it.
    waited: { ...count, title: 'calls that waited', isNoContest: true },
    noticed: { ...count, title: 'failed or waited' },
    longestExtraMs: { ...count, title: 'longest wait, ms', isNoContest: true },
    plainP99Ms: { ...count, title: 'plain calls beside, p99 ms', isNoContest: true },
  };
}
