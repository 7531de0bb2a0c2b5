// A fleet of real processes on one real Redis: how many tokens do they buy? FLEET_PROCESSES is how many there are (16),
// FLEET_CALLS how many calls each makes in a scenario (1000). Ends with 1 when a count is not as expected.
import { CONNECTIONS } from './calls.js';
import { Fleet } from './fleet.js';
import { redisVersion, RedisServer } from './redis-server.js';
import { SCENARIOS, type Scenario } from './scenarios.js';
import { AUTH_LATENCY_MS, Stage, USUAL } from './stage.js';
import { isAsExpected, tableHead, type Row } from './table.js';

const PROCESSES = Number(process.env.FLEET_PROCESSES ?? 16);
const CALLS = Number(process.env.FLEET_CALLS ?? 1_000);
/** Two busy cores take about 65 s; what hangs, ends here. */
const LONGEST_MS = 85_000;

async function play({ settings, play }: Scenario, fleet: Fleet, redis: RedisServer): Promise<Row[]> {
  const stage = await Stage.set(fleet, redis, { ...USUAL, ...settings });
  await play(stage, CALLS);
  await stage.strike();
  return stage.rows;
}

async function main(): Promise<void> {
  const version = redisVersion();
  if (!version) throw new Error('there is no redis-server on this machine (apt-get install redis-server)');
  const redis = await RedisServer.start();
  const fleet = new Fleet(PROCESSES);
  const end = (): Promise<unknown> => Promise.all([fleet.killAll(), redis.kill()]);
  const endsBadly = (why: string): void => {
    console.error(why);
    void end().finally(() => process.exit(1));
  };
  const timer = setTimeout(endsBadly, LONGEST_MS, `not done after ${LONGEST_MS / 1_000} s`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => endsBadly(`ended by ${signal}`));

  console.log(
    `${PROCESSES} processes, half of them with redis and half with ioredis, on one Redis ${version}. A fake vendor takes ` +
      `${AUTH_LATENCY_MS} ms for a token.\n${CALLS.toLocaleString('en')} calls by each process: all at once, or spread over ` +
      `the scenario. Those that are no HTTP calls (over ${CONNECTIONS} connections each) are \`tokens.get()\`.\n` +
      `Calls may meet a 401 only where the vendor revoked tokens, or a token died on its way; they are repeated, and none may fail.\n`,
  );
  console.log(tableHead());
  const rows: Row[] = [];
  try {
    for (const scenario of SCENARIOS) rows.push(...(await play(scenario, fleet, redis)));
  } finally {
    clearTimeout(timer);
    await end();
  }
  const wrong = rows.filter((row) => !isAsExpected(row)).length;
  console.log(wrong === 0 ? '\nAll counts are as expected.' : `\n${wrong} of ${rows.length} are not as expected.`);
  process.exitCode = wrong === 0 ? 0 : 1;
}

await main();
