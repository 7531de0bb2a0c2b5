import { buyToken } from '../contenders/buy-token.js';
import type { Contender } from '../contenders/contender.js';
import { CONTENDERS, contenderOf, contenders } from '../contenders/all.js';
import { boundSockets } from '../contenders/sockets.js';
import { tookMs } from '../meters/cost.js';
import { rounds } from '../meters/rounds.js';
import { record, type Samples } from '../meters/samples.js';
import { type Vendor, Vendors } from '../vendor/vendors.js';
import type { Scenario } from './scenario.js';

const HOUR_MS = 3_600_000;
const AUTH_LATENCY_MS = 50;
const CALLS = 10_000;
const WARM_UP_CALLS = 1_000;

/** Ten thousand calls at once, and no token yet. */
export const stampede: Scenario = {
  id: 'stampede',
  title: '10,000 calls at once, cold',
  nodeFlags: ['--expose-gc'],
  async measure() {
    const releaseSockets = boundSockets();
    const vendors = new Vendors();
    const vendor = await vendors.open({ tokenLifetimeMs: HOUR_MS, tokenLatencyMs: AUTH_LATENCY_MS });
    const asked = contenders(({ role }) => role !== 'static');
    const yardsticks = [...new Set(asked.map(({ yardstick }) => yardstick))].map(contenderOf);
    for (const each of [...yardsticks, ...asked]) await run(each, vendor, WARM_UP_CALLS);
    const samples: Samples = {};
    await rounds([...yardsticks, ...asked], 3, async (contender, round) => {
      // What others do with other transports is told well enough by one round.
      if (round > 0 && !isNearOurs(contender, samples)) return;
      const figures = await run(contender, vendor, CALLS);
      // What cannot be had for less: the token, and then the calls.
      const tokenMs = contender.role === 'static' ? await tookMs(() => buyToken(vendor.place())) : 0;
      record(samples, contender.id, { ...figures, wallMs: figures.wallMs + tokenMs });
    });
    await releaseSockets();
    await vendors.close();
    return withRatios(samples, asked);
  },
};

/** On a transport that ours use, and not a request for each call, which takes ten times as long. */
function isNearOurs({ id, transport }: Contender, samples: Samples): boolean {
  const isOurTransport = CONTENDERS.some((each) => each.role === 'ours' && each.transport === transport);
  return isOurTransport && samples[id]!.tokenRequests![0]! < CALLS / 10;
}

async function run(contender: Contender, vendor: Vendor, calls: number) {
  const caller = await contender.open(vendor.place());
  await vendor.tell('reset');
  let failed = 0;
  const call = (): Promise<unknown> => caller.call().catch(() => failed++);
  const wallMs = await tookMs(() => Promise.all(Array.from({ length: calls }, call)));
  const { tokenRequests } = await vendor.counters();
  await caller.close();
  return { wallMs, tokenRequests, failed };
}

/** Time relative to that of the yardstick in the same round. */
function withRatios(samples: Samples, asked: readonly Contender[]): Samples {
  for (const { id, yardstick } of asked) {
    const below = samples[yardstick]!.wallMs!;
    samples[id]!.relativeTime = samples[id]!.wallMs!.map((ms, round) => ms / below[round]!);
  }
  return samples;
}
