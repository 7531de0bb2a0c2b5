/**
 * Where a call's time goes, by function: `node bench/dist/profile.js static-axios our-attach`. Without a network, each
 * contender in turn, with code that is warm. The profiler goes by the wall clock: on a busy machine only the shares are right.
 */
import { Session } from 'node:inspector/promises';
import type { Profiler } from 'node:inspector/promises';
import { contenderOf } from './contenders/all.js';
import type { Caller } from './contenders/contender.js';
import { Vendors } from './vendor/vendors.js';

const CALLS = 100_000;
const WARM_UP_CALLS = 20_000;
const SAMPLE_MICROS = 100;
/** What is less is left out, of the whole. */
const LEAST = 0.002;

const vendors = new Vendors();
const vendor = await vendors.open({ tokenLifetimeMs: 3_600_000, tokenLatencyMs: 0 });
for (const id of process.argv.slice(2)) {
  const caller = await contenderOf(id).open(vendor.place('stub'));
  await callOften(caller, WARM_UP_CALLS);
  show(id, await profileOf(caller));
  await caller.close();
}
await vendors.close();

async function profileOf(caller: Caller): Promise<Profiler.Profile> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_MICROS });
  await session.post('Profiler.start');
  await callOften(caller, CALLS);
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  return profile;
}

async function callOften(caller: Caller, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await caller.call();
}

interface Cost {
  /** In the function itself. */
  self: number;
  /** With what it calls. */
  total: number;
}

function show(id: string, profile: Profiler.Profile): void {
  const costs = costsOf(profile);
  const whole = Math.max(...[...costs.values()].map(({ total }) => total));
  const lines = [...costs]
    .filter(([, { total }]) => total >= LEAST * whole)
    .toSorted(([, a], [, b]) => b.total - a.total)
    .map(([name, { self, total }]) => {
      const figures = [total.toFixed(2), ((total / whole) * 100).toFixed(1), self.toFixed(2)];
      return `${figures.map((figure) => figure.padStart(7)).join(' ')}  ${name}`;
    });
  process.stdout.write([`\n${id}, µs for a call`, '  total       %    self', ...lines, ''].join('\n'));
}

/** µs for a call, by function. */
function costsOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Map<string, Cost> {
  const nodeOf = new Map(nodes.map((node) => [node.id, node]));
  const callerOf = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const costs = new Map<string, Cost>();
  for (const [i, sample] of samples.entries()) {
    const micros = timeDeltas[i]! / CALLS;
    const stack: string[] = [];
    for (let id: number | undefined = sample; id !== undefined; id = callerOf.get(id)) {
      stack.push(nameOf(nodeOf.get(id)!));
    }
    for (const name of new Set(stack)) {
      const cost = costs.get(name) ?? { self: 0, total: 0 };
      cost.total += micros;
      if (name === stack[0]) cost.self += micros;
      costs.set(name, cost);
    }
  }
  return costs;
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: Profiler.ProfileNode): string {
  const file = url.split('/').slice(-2).join('/');
  return `${functionName || '(anonymous)'} ${file && `${file}:${lineNumber + 1}`}`;
}
