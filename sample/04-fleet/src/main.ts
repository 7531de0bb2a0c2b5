// Starts a Redis, a fake vendor and four replicas, and shows what they do until a key is pressed; without a terminal it
// presses its keys itself, and ends after ten seconds.
import { FakeSparkfly } from 'nestjs-auth-apis/testing';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { Board } from './demo/board.js';
import { onKeys } from './demo/keys.js';
import { RedisMissingError, RedisServer } from './demo/redis-server.js';
import { Replicas } from './demo/replicas.js';
import { RoundRobin } from './demo/round-robin.js';
import { Traffic } from './demo/traffic.js';

const REPLICAS = 4;
/** A real vendor takes its time for a token. */
const AUTH_LATENCY_MS = 300;
const LINE_MS = 1_000;

async function main(stop: AbortController): Promise<void> {
  const { signal } = stop;
  /** What was started, to be stopped in reverse order. */
  const started: { stop(): Promise<void> }[] = [];
  const start = <T extends { stop(): Promise<void> }>(what: T): T => {
    started.unshift(what);
    return what;
  };
  try {
    const redis = start(await RedisServer.start());
    const key = randomBytes(32).toString('base64');
    const vendor = await FakeSparkfly.start({ key, tokenLatencyMs: AUTH_LATENCY_MS });
    start({ stop: () => vendor.close() });
    const replicas = start(new Replicas(environment(redis, vendor)));
    console.log(`Starting ${REPLICAS} replicas ...`);
    await Promise.all(Array.from({ length: REPLICAS }, () => replicas.start()));
    const proxy = start(new RoundRobin(replicas));
    const url = `${await proxy.start()}/offers`;
    const traffic = start(new Traffic(url));
    console.log(`Calls go to ${url}, and on to each replica in turn.\n`);

    const board = new Board(vendor, traffic);
    const timer = setInterval(() => console.log(board.line()), LINE_MS);
    start({ stop: async () => clearInterval(timer) });
    const actions = {
      k: () => replaceOne(replicas, signal),
      r: () => {
        vendor.revokeTokens();
        console.log('      The vendor revokes all tokens.');
      },
    };
    if (process.stdin.isTTY) await untilEnded(actions, stop);
    else await tour(actions, signal);

    console.log(
      `\n${traffic.answered} calls answered, ${traffic.failed} failed, ` +
        `and the vendor was asked for ${vendor.counters.tokenRequests} tokens.`,
    );
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    stop.abort();
    for (const each of started) await each.stop();
  }
  console.log('Stopped.');
}

function environment(redis: RedisServer, { baseURL, identity, key }: FakeSparkfly): Record<string, string> {
  return {
    REDIS_URL: redis.url,
    TOKEN_KEY: randomBytes(32).toString('base64'),
    SPARKFLY_BASE_URL: baseURL,
    SPARKFLY_IDENTITY: identity,
    SPARKFLY_KEY: key,
  };
}

interface Actions {
  readonly k: () => Promise<void>;
  readonly r: () => void;
}

async function untilEnded(actions: Actions, stop: AbortController): Promise<void> {
  console.log('Keys: k kills a replica, r revokes all tokens, q ends.\n');
  const release = onKeys({ ...actions, k: () => void actions.k() }, () => stop.abort());
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
  release();
}

/** For those who only watch, and for a test. */
async function tour({ k, r }: Actions, signal: AbortSignal): Promise<void> {
  await setTimeout(3_000, undefined, { signal });
  await k();
  await setTimeout(2_000, undefined, { signal });
  r();
  await setTimeout(4_000, undefined, { signal });
}

/** As whatever runs your containers does when one dies. */
async function replaceOne(replicas: Replicas, signal: AbortSignal): Promise<void> {
  const killed = replicas.kill();
  if (!killed) return;
  console.log(`      Replica ${killed.name} is killed, another one starts.`);
  try {
    const { name } = await replicas.start();
    console.log(`      Replica ${name} is there.`);
  } catch (error) {
    if (!signal.aborted) console.error(error);
  }
}

const stop = new AbortController();
// npm may pass a Ctrl-C on a second time, so the handlers stay. A terminal that is closed sends a SIGHUP.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => stop.abort());

main(stop).catch((error: unknown) => {
  console.error(error instanceof RedisMissingError ? error.message : error);
  process.exitCode = 1;
});
