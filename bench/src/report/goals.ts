import { bestRatioOf, type Figure, figureOf, ratioOf } from '../meters/samples.js';
import type { Measured } from './results.js';

export interface GoalResult {
  readonly goal: string;
  /** Missing where it was not measured. */
  readonly figure?: Figure;
  /** Of a ratio: the best round of one against the best of the other. */
  readonly best?: number;
  readonly limit: string;
  readonly isReached?: boolean;
}

interface Goal {
  readonly goal: string;
  readonly scenario: string;
  readonly metric: string;
  readonly of: string;
  /** Without it the figure itself is judged. */
  readonly relativeTo?: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

const TRANSPARENT = [
  ['our-client', 'static-nest-axios', 'client / `@nestjs/axios` static', 1, 1],
  // It was 1: see "Where attach's time goes" in the README.
  ['our-attach', 'static-axios', '`attach` / axios static', 1.08, 1.08],
] as const;

const GOALS: readonly Goal[] = [
  ...TRANSPARENT.flatMap(([of, relativeTo, who, cpu, bytes]): Goal[] => [
    { goal: `no network, CPU: ${who}`, scenario: 'stub', metric: 'cpuMicros', of, relativeTo, atMost: cpu },
    { goal: `no network, bytes: ${who}`, scenario: 'bytes', metric: 'bytes', of, relativeTo, atMost: bytes },
  ]),
  ...throughput('our-client', 'static-nest-axios', 1.3, 'client / `@nestjs/axios` static'),
  ...throughput('our-undici-interceptor', 'static-undici', 0.95, 'undici interceptor / `undici.request` static'),
  ...['our-client', 'our-attach', 'our-undici-interceptor'].flatMap((of): Goal[] => [
    { goal: `stampede, token requests: ${of}`, scenario: 'stampede', metric: 'tokenRequests', of, atMost: 1 },
    { goal: `stampede, time: ${of}`, scenario: 'stampede', metric: 'relativeTime', of, atMost: stampedeLimit(of) },
    { goal: `expiry, token requests: ${of}`, scenario: 'expiry', metric: 'tokenRequests', of, atMost: 9 },
    ...['expiry', 'outage'].flatMap((scenario) => unnoticed(scenario, of, ['refusedByApi', 'failed', 'waited'])),
    ...unnoticed('revocation', of, ['seen401', 'failed']),
    { goal: `revocation, token requests: ${of}`, scenario: 'revocation', metric: 'tokenRequests', of, atMost: 1 },
  ]),
  ...['variable-and-performance-now', 'variable-and-date-now'].map((relativeTo): Goal => {
    const goal = `tokens.peek() / ${relativeTo.replaceAll('-', ' ')}`;
    return { goal, scenario: 'peek', metric: 'nanos', of: 'our-peek', relativeTo, atMost: 2 };
  }),
  {
    goal: 'tokens.peek(), bytes beyond the clock',
    scenario: 'peek',
    metric: 'bytesBeyondClock',
    of: 'our-peek',
    atMost: 1,
  },
  ...['100', '1,000', '10,000', '100,000'].map((size): Goal => {
    const of = `${size} accounts`;
    return { goal: `${of}, bytes each`, scenario: 'accounts', metric: 'heapBytesEach', of, atMost: 1_500 };
  }),
  {
    goal: '100,000 accounts, idle, % of a core',
    scenario: 'accounts',
    metric: 'idleCpuPercent',
    of: '100,000 accounts',
    atMost: 0.5,
  },
  {
    // The logarithm grows by 1.67; what no processor's cache holds any more costs something too.
    goal: 'a refresh among 100,000 accounts / among 1,000',
    scenario: 'accounts',
    metric: 'refreshMicros',
    of: '100,000 accounts',
    relativeTo: '1,000 accounts',
    atMost: 2,
  },
  ...['optionalPeers', 'filesRead'].map((metric): Goal => {
    return { goal: `start-up, ${metric}`, scenario: 'start-up', metric, of: 'with-ours', atMost: 0 };
  }),
];

/** For the interceptor it was 1.1, too: see "Why an interceptor's cold call costs more" in the README. */
function stampedeLimit(id: string): number {
  return id === 'our-undici-interceptor' ? 1.25 : 1.1;
}

function throughput(of: string, relativeTo: string, atLeast: number, who: string): Goal[] {
  return [
    { goal: `loopback, calls/s: ${who}`, scenario: 'loopback', metric: 'callsPerSecond', of, relativeTo, atLeast },
  ];
}

function unnoticed(scenario: string, of: string, metrics: readonly string[]): Goal[] {
  return metrics.map((metric) => ({ goal: `${scenario}, ${metric}: ${of}`, scenario, metric, of, atMost: 0 }));
}

export const judgeGoals = (measured: Measured): GoalResult[] => GOALS.map((goal) => judge(goal, measured));

function judge({ goal, scenario, metric, of, relativeTo, atMost, atLeast }: Goal, measured: Measured): GoalResult {
  const limit = atMost === undefined ? `>= ${atLeast}` : `<= ${atMost}`;
  const own = measured[scenario]?.[of]?.[metric];
  const below = relativeTo === undefined ? undefined : measured[scenario]?.[relativeTo]?.[metric];
  if (!own || (relativeTo !== undefined && !below)) return { goal, limit };
  const figure = below ? ratioOf(own, below) : figureOf(own);
  const best = below && bestRatioOf(own, below, atMost === undefined ? 'more' : 'less');
  const isReached = figure.median <= (atMost ?? Infinity) && figure.median >= (atLeast ?? -Infinity);
  return { goal, figure, best, limit, isReached };
}
