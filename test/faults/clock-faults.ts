import { status, type TokenFaultOutcome } from './faults.js';
import { said } from './run-fault.js';
import { DAY, HOUR, LIFETIME_MS, MINUTE, SECOND, World } from './world.js';

/** What happens to the time of the process or the machine, a token being at hand. */
export interface ClockFault {
  readonly name: string;
  readonly happen: (world: World) => void;
  readonly expected: ClockFaultOutcome;
}

export interface ClockFaultOutcome {
  /** The next call, and the token requests that it causes. */
  readonly next: string;
  readonly requests: number;
  /** The next call when the token endpoint answers 503 for 4 s. */
  readonly inOutage: TokenFaultOutcome['shortOutage'];
  /** Calls with a token that the vendor knows to be dead, with a healthy token endpoint and without. */
  readonly deadTokensSent: string;
  /** Whether a token is still bought before the one at hand dies. */
  readonly afterwards: string;
}

const asleep = (ms: number) => (world: World) => {
  world.clock.jumpWall(ms);
  world.vendor.elapse(ms);
};

export const clockFaults: readonly ClockFault[] = [
  {
    name: 'clock set forward by a day',
    happen: ({ clock }) => clock.jumpWall(DAY),
    expected: {
      next: '200 at once',
      requests: 1,
      inOutage: '200 at once',
      deadTokensSent: '0, 0',
      afterwards: 'refreshed in time',
    },
  },
  {
    name: 'clock set back by a day',
    happen: ({ clock }) => clock.jumpWall(-DAY),
    expected: {
      next: '200 at once',
      requests: 0,
      inOutage: '200 at once',
      deadTokensSent: '0, 0',
      afterwards: 'refreshed in time',
    },
  },
  {
    name: 'machine asleep for longer than the token lives',
    happen: asleep(2 * HOUR),
    expected: {
      next: '200 at once',
      requests: 1,
      inOutage: '200 after 7 s',
      deadTokensSent: '0, 1',
      afterwards: 'refreshed in time',
    },
  },
];

export async function runClockFault({ happen }: ClockFault): Promise<ClockFaultOutcome> {
  const healthy = await inWorld(async (world) => {
    happen(world);
    const before = world.tokenRequests;
    const next = said(await world.call());
    const requests = world.tokenRequests - before;
    await world.clock.advance(LIFETIME_MS + MINUTE);
    const hasToken = world.client.tokens.peek() !== undefined && said(await world.call()) === '200 at once';
    const afterwards = hasToken ? 'refreshed in time' : 'not refreshed';
    return { next, requests, afterwards, dead: world.vendor.deadTokensSeen };
  });
  const outage = await inWorld(async (world) => {
    happen(world);
    await world.tokenServer.misbehave(status(503));
    const call = await world.call();
    await world.clock.advance(4 * SECOND);
    await world.tokenServer.heal();
    await world.clock.advance(MINUTE);
    return { inOutage: said(call), dead: world.vendor.deadTokensSeen };
  });
  const { next, requests, afterwards } = healthy;
  return {
    next,
    requests,
    inOutage: outage.inOutage,
    deadTokensSent: `${healthy.dead}, ${outage.dead}`,
    afterwards,
  };
}

async function inWorld<T>(work: (world: World) => Promise<T>): Promise<T> {
  const world = await World.open();
  try {
    await world.call();
    return await work(world);
  } finally {
    await world.close();
  }
}
