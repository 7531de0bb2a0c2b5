import { afterAll, describe, expect, test } from 'vitest';
import { clockFaults, runClockFault } from './clock-faults.js';
import { apiFaults, MEGABYTE, tokenFaults } from './faults.js';
import { Measured } from './measured.js';
import { OUTAGE_MS, runApiFault, runTokenFault } from './run-fault.js';
import type { Table } from './table.js';
import { markdown, readDocs, withTables, writeDocs } from './table.js';
import { SECOND } from './world.js';

/** Pauses of at least 0.5, 1, 2, 4, 8 and 16 s, then of 30 s; so many token requests fit into an outage at the most. */
const mostRequests = (outageMs: number): number => 1 + Math.ceil(Math.log2(60)) + outageMs / (30 * SECOND);

const tokenResults = new Measured(runTokenFault);
const apiResults = new Measured(runApiFault);
const clockResults = new Measured(runClockFault);

describe('a fault of the token endpoint', () => {
  test.concurrent.for(tokenFaults)('$name', async (fault, { expect }) => {
    const { outcome, invariants } = await tokenResults.measure(fault);
    expect(outcome).toEqual(fault.expected);
    expect(outcome.requests).toBeLessThanOrEqual(mostRequests(OUTAGE_MS));
    expect(invariants).toMatchObject({ deadTokensSeen: 0, uncountedRequests: 0, strayRequests: 0 });
    expect(invariants.longestWaitMs).toBeLessThanOrEqual(10 * SECOND);
    // What the sockets' buffers hold is sent before the client has hung up.
    expect(invariants.largestAnswer).toBeLessThan(10 * MEGABYTE);
  });
});

describe('a fault of the API', () => {
  test.concurrent.for(apiFaults)('$name', async (fault, { expect }) => {
    const { outcome, invariants } = await apiResults.measure(fault);
    expect(outcome).toEqual(fault.expected);
    expect(invariants).toMatchObject({ deadTokensSeen: 0, uncountedRequests: 0 });
  });
});

describe('a fault of the clock', () => {
  test.concurrent.for(clockFaults)('$name', async (fault, { expect }) => {
    expect(await clockResults.measure(fault)).toEqual(fault.expected);
  });
});

test('docs/faults.md holds what was measured', async () => {
  const docs = await withTables(readDocs(), await tables());
  if (process.env['UPDATE_DOCS']) writeDocs(docs);
  expect(readDocs()).toBe(docs);
});

afterAll(async () => {
  if (!process.env['PRINT_FAULTS']) return;
  for (const [name, table] of Object.entries(await tables())) process.stdout.write(`\n${name}\n\n${markdown(table)}\n`);
});

async function tables(): Promise<Record<string, Table>> {
  const token = await Promise.all(tokenFaults.map(async (fault) => ({ fault, ...(await tokenResults.last(fault)) })));
  const api = await Promise.all(apiFaults.map(async (fault) => ({ fault, ...(await apiResults.last(fault)) })));
  const clock = await Promise.all(
    clockFaults.map(async (fault) => ({ fault, outcome: await clockResults.last(fault) })),
  );
  return {
    'the token endpoint': {
      columns: [
        'fault of the token endpoint',
        'while the token lives',
        'when it has died',
        'no token, over after 4 s',
        'no token, not over',
        'token requests in 10 min',
        'recovery',
      ],
      rows: token.map(({ fault, outcome: o }) => [
        fault.name,
        o.living,
        o.died,
        o.shortOutage,
        o.longOutage,
        String(o.requests),
        o.recovery,
      ]),
    },
    'the API': {
      columns: [
        'fault of the API',
        'with a living token',
        'without one',
        'token requests',
        'the token',
        'when it is over',
      ],
      rows: api.map(({ fault, outcome: o }) => [fault.name, o.living, o.died, o.requests, o.token, o.recovery]),
    },
    'the clock': {
      columns: [
        'fault of the clock',
        'next call',
        'token requests',
        'next call, token endpoint down for 4 s',
        'dead tokens sent',
        'afterwards',
      ],
      rows: clock.map(({ fault, outcome: o }) => [
        fault.name,
        o.next,
        String(o.requests),
        o.inOutage,
        o.deadTokensSent,
        o.afterwards,
      ]),
    },
  };
}
