import { setTimeout as sleep } from 'node:timers/promises';
import { contenders } from '../contenders/all.js';
import type { Contender } from '../contenders/contender.js';
import { boundSockets } from '../contenders/sockets.js';
import type { Samples } from '../meters/samples.js';
import { type LoadPlan, sideBySide } from '../meters/side-by-side.js';
import { type Vendor, Vendors } from '../vendor/vendors.js';
import type { Scenario } from './scenario.js';

const HOUR_MS = 3_600_000;

/** Tokens of two seconds that take a fifth of a second to get, and 500 calls a second. */
export const expiry: Scenario = {
  id: 'expiry',
  title: 'Tokens of 2 s, a token endpoint that takes 200 ms, 500 calls/s for 10 s',
  nodeFlags: ['--expose-gc'],
  measure: () =>
    inGroups(3, { tokenLifetimeMs: 2_000, tokenLatencyMs: 200, perSecond: 500, seconds: 10, warmUpCalls: 300 }),
};

/** All tokens are thrown away by the vendor, once, in the middle of 500 calls a second. */
export const revocation: Scenario = {
  id: 'revocation',
  title: 'All tokens revoked at once, 500 calls/s for 2 s, each contender alone',
  nodeFlags: ['--expose-gc'],
  measure: () =>
    inGroups(1, {
      tokenLifetimeMs: HOUR_MS,
      tokenLatencyMs: 50,
      perSecond: 500,
      seconds: 2,
      warmUpCalls: 300,
      async story(vendors) {
        await sleep(700);
        await tellAll(vendors, 'revoke');
      },
    }),
};

/**
 * The token endpoint is down twice: when a token of twelve seconds is in the last third of its life, and again when the
 * first token ends. Both times for less than a token has left that is renewed in that last third.
 */
export const outage: Scenario = {
  id: 'outage',
  title: 'The token endpoint is down twice for a second, tokens of 12 s, 50 calls/s for 14 s',
  nodeFlags: ['--expose-gc'],
  measure: () =>
    inGroups(Infinity, {
      tokenLifetimeMs: 12_000,
      tokenLatencyMs: 50,
      perSecond: 50,
      seconds: 14,
      async story(vendors) {
        const begunAt = performance.now();
        for (const [from, to] of OUTAGES_MS) {
          await sleep(from - (performance.now() - begunAt));
          await tellAll(vendors, 'fail');
          await sleep(to - (performance.now() - begunAt));
          await tellAll(vendors, 'mend');
        }
      },
    }),
};

const OUTAGES_MS = [
  [8_400, 9_500],
  [11_700, 12_800],
] as const;

const tellAll = async (vendors: readonly Vendor[], what: 'revoke' | 'fail' | 'mend'): Promise<void> =>
  void (await Promise.all(vendors.map((vendor) => vendor.tell(what))));

/** So many at a time that the machine is not busy: what is to be seen is who waits for a token, not for a core. */
async function inGroups(size: number, plan: LoadPlan): Promise<Samples> {
  const releaseSockets = boundSockets();
  const vendors = new Vendors();
  const samples: Samples = {};
  for (const group of groupsOf(size)) Object.assign(samples, await sideBySide(group, vendors, plan));
  await releaseSockets();
  await vendors.close();
  return samples;
}

/** Those who ask for a token with every call come together, so that nobody else waits for theirs. */
function groupsOf(size: number): (readonly Contender[])[] {
  const asked = contenders(({ role }) => role !== 'static');
  if (asked.length <= size) return [asked];
  const stormy = asked.filter(({ isStormy }) => isStormy);
  const calm = asked.filter(({ isStormy }) => !isStormy);
  return [stormy, calm].flatMap((kind) => inPieces(kind, size));
}

function inPieces<Entry>(entries: readonly Entry[], size: number): (readonly Entry[])[] {
  return Array.from({ length: Math.ceil(entries.length / size) }, (_, i) => entries.slice(i * size, (i + 1) * size));
}
