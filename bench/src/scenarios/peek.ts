import { VerbitClient } from 'nestjs-auth-apis';
import { openApp } from '../contenders/our-app.js';
import { allocatedBytes, ROOMY_HEAP, tookMs } from '../meters/cost.js';
import { rounds } from '../meters/rounds.js';
import { record, type Samples } from '../meters/samples.js';
import { Vendors } from '../vendor/vendors.js';
import type { Scenario } from './scenario.js';

const HOUR_MS = 3_600_000;
const READS = 1_000_000;
const AWAITED_READS = 200_000;

interface Reading {
  readonly id: string;
  readonly times: number;
  readonly run: (times: number) => number | Promise<number>;
}

/** The token without a call: against a variable and the clock, the least that anybody could look at. */
export const peek: Scenario = {
  id: 'peek',
  title: 'The token alone',
  nodeFlags: ROOMY_HEAP,
  async measure() {
    const vendors = new Vendors();
    const vendor = await vendors.open({ tokenLifetimeMs: HOUR_MS, tokenLatencyMs: 0 });
    const app = await openApp(vendor.place());
    const { tokens } = app.get(VerbitClient);
    const token = await tokens.get();
    const readings = [...plainReadings(token), ...ourReadings(tokens)];
    for (const { run, times } of readings) for (let i = 0; i < 3; i++) await run(times);
    const samples: Samples = {};
    await rounds(readings, 9, async ({ id, run, times }) => {
      let ms = 0;
      const bytes = await allocatedBytes(async () => {
        ms = await tookMs(async () => void (await run(times)));
      });
      record(samples, id, { nanos: (ms * 1e6) / times, bytes: bytes / times });
    });
    await app.close();
    await vendors.close();
    // The clock's answer is a number in a box of its own, whoever asks.
    const clock = samples['variable-and-performance-now']!.bytes!;
    samples['our-peek']!.bytesBeyondClock = samples['our-peek']!.bytes!.map((each, round) => each - clock[round]!);
    return samples;
  },
};

type Token = ReturnType<VerbitClient['tokens']['peek']>;

/** Each reading is summed up, or the compiler would leave it out. */
function plainReadings(token: Token): Reading[] {
  const monotonicEnd = performance.now() + HOUR_MS;
  const wallEnd = Date.now() + HOUR_MS;
  const onMonotonic = (): Token => (performance.now() < monotonicEnd ? token : undefined);
  const onWall = (): Token => (Date.now() < wallEnd ? token : undefined);
  return [
    { id: 'variable-and-performance-now', times: READS, run: (times) => summed(onMonotonic, times) },
    { id: 'variable-and-date-now', times: READS, run: (times) => summed(onWall, times) },
    { id: 'await-variable', times: AWAITED_READS, run: (times) => summedLater(async () => onMonotonic(), times) },
  ];
}

function ourReadings(tokens: VerbitClient['tokens']): Reading[] {
  return [
    { id: 'our-peek', times: READS, run: (times) => summed(() => tokens.peek(), times) },
    { id: 'our-get', times: AWAITED_READS, run: (times) => summedLater(() => tokens.get(), times) },
  ];
}

function summed(read: () => Token, times: number): number {
  let sum = 0;
  for (let i = 0; i < times; i++) sum += read()?.value.length ?? 0;
  return sum;
}

async function summedLater(read: () => Promise<Token>, times: number): Promise<number> {
  let sum = 0;
  for (let i = 0; i < times; i++) sum += (await read())?.value.length ?? 0;
  return sum;
}
