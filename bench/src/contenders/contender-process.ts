/** A contender in a process of its own: measures itself whenever it is told to. */
import { measureCalls, warmUp } from '../meters/calls-at-once.js';
import { collectGarbage } from '../meters/rounds.js';
import { contenderOf } from './all.js';
import type { Place } from './contender.js';

const [id, place] = process.argv.slice(2) as [string, string];
const caller = await contenderOf(id).open(JSON.parse(place) as Place);
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
