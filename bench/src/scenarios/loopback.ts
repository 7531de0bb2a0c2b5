import { contenders } from '../contenders/all.js';
import { OwnProcess } from '../contenders/own-process.js';
import { rounds } from '../meters/rounds.js';
import { record, type Samples } from '../meters/samples.js';
import { Vendors } from '../vendor/vendors.js';
import type { Scenario } from './scenario.js';

const HOUR_MS = 3_600_000;

/** Real calls over loopback, 64 at a time, each with a living token. The server, too, is another process. */
export const loopback: Scenario = {
  id: 'loopback',
  title: 'Calls over loopback, 64 at a time',
  nodeFlags: ['--expose-gc'],
  async measure() {
    const vendors = new Vendors();
    const vendor = await vendors.open({ tokenLifetimeMs: HOUR_MS, tokenLatencyMs: 0 });
    const processes: OwnProcess[] = [];
    for (const { id } of contenders()) processes.push(await OwnProcess.start(id, vendor.place()));
    const samples: Samples = {};
    await rounds(processes, 15, async (each) => record(samples, each.id, await each.measure()));
    for (const each of processes) await each.close();
    await vendors.close();
    return samples;
  },
};
