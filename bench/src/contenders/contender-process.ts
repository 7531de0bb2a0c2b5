/** A contender in a process of its own: measures itself whenever it is told to. */
import { subscribe } from 'node:diagnostics_channel';
import { measureCalls, warmUp } from '../meters/calls-at-once.js';
import { collectGarbage } from '../meters/rounds.js';
import { contenderOf } from './all.js';
import type { Place } from './contender.js';

const [id, place] = process.argv.slice(2) as [string, string];
let undiciConnections = 0;
subscribe('undici:client:beforeConnect', () => undiciConnections++);
const contender = contenderOf(id);
const caller = await contender.open(JSON.parse(place) as Place);
await caller.call();
// What undici has no part for goes the default way, and would be measured in its stead.
if (contender.transport === 'undici' && undiciConnections === 0) throw new Error(`${id}: no call went over undici`);
await warmUp(caller);

process.on('message', () => {
  void (async () => {
    await collectGarbage();
    await warmUp(caller);
    process.send!(await measureCalls(caller));
  })();
});
// Nobody wants to know any more.
process.on('disconnect', () => void caller.close());
process.send!('ready');
