// Hours of an app's life in minutes: random load, random faults, two apps whose clocks run at different speeds, and
// rules that are looked at all the while. SOAK_SECONDS is how long (600), SOAK_SEED which run, SOAK_CALLERS how many.
import 'reflect-metadata';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { firstValueFrom } from 'rxjs';
import { Chance } from './chance.js';
import { Chaos } from './chaos.js';
import { Checks } from './checks.js';
import type { Sample } from './health.js';
import { heapMB, openHandles, rise } from './health.js';
import { Load, sleep } from './load.js';
import { RULES } from './rules.js';
import { Secrets } from './secrets.js';
import type { Sent } from './wire-watch.js';
import { WireWatch } from './wire-watch.js';
import type { WorldSettings } from './world.js';
import { catchLog, World } from './world.js';

const SECONDS = Number(process.env.SOAK_SECONDS ?? 600);
const SEED = Number(process.env.SOAK_SEED ?? Date.now() % 1_000_000);
const CALLERS = Number(process.env.SOAK_CALLERS ?? 12);
/** From rest to rest: often enough for a trend, seldom enough for trouble in between. */
const ROUND_SECONDS = Math.min(20, Math.max(2, SECONDS / 8));
/** Fewer make no second half. */
const FEWEST_ROUNDS = 4;
/** The longest pause of each world is over by then: a minute of a clock that runs 20 times as fast, and its last call. */
const RECOVERY_MS = 8_000;
/** What a few hundred open sockets, compiled code and V8's own moods make of it. */
const MEMORY_MB = 4;
/** Per account: its planned attempt, an attempt's time limit, those who wait. */
const TIMERS_PER_ACCOUNT = 3;
/** Per caller: both ends of its connection and of a spare one; and the servers. */
const HANDLES_PER_CALLER = 8;

/** An hour of the first takes three minutes; the second is as fast as the machine, with lives of a second or two. */
const SETTINGS: readonly WorldSettings[] = [
  { name: 'fast', factor: 20, lifetimesMs: [15_000, 60_000], options: {} },
  {
    name: 'short',
    factor: 1,
    lifetimesMs: [500, 3_000],
    options: { tokenRequestTimeoutMs: 800, refresh: { backoff: { initialMs: 100, maxMs: 1_000 } } },
  },
];

const checks = new Checks(Object.values(RULES));
const secrets = new Secrets();
const worlds = SETTINGS.map((settings) => new World(settings, checks, secrets));
const seats = worlds.flatMap((world) => world.seats);
const seatById = new Map(seats.map((seat) => [seat.id, seat]));
const isTokenPath = (path: string): boolean => path.endsWith('/auth');

const noise = (what: string) => (reason: unknown) =>
  checks.that(RULES.quiet, false, () => `${what}: ${inspect(reason).slice(0, 600)}`);
process.on('unhandledRejection', noise('unhandled rejection'));
process.on('uncaughtException', noise('uncaught exception'));
process.on('warning', noise('warning'));

catchLog((line) => worlds[0]!.looksForSecrets('a log line', line));

const stranger = createServer((_, response) => response.end('{}'));
await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
const strangerOrigin = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;

const watch = new WireWatch(
  (sent) => looksAt(sent),
  (account, isAlone) => checks.that(RULES.oneAtATime, isAlone, () => account),
  isTokenPath,
);

function looksAt(sent: Sent): void {
  const { origin, path, token, hasKey, account } = sent;
  const isVendors = worlds.some((world) => world.origins.includes(origin));
  const isTokenRequest = isVendors && isTokenPath(path);
  const isRight = isTokenRequest ? token === undefined : !hasKey && (isVendors || token === undefined);
  checks.that(RULES.origins, isRight, () => `${account} to ${origin}${path}`);
  seatById.get(account ?? '')?.watch.sends(sent);
}

const chance = new Chance(SEED);
const loads = worlds.map((world) => new Load(world, chance, checks, secrets, strangerOrigin));
const chaoses = worlds.map((world) => new Chaos(world, chance, strangerOrigin));
const samples: Sample[] = [];
let mostPerMinute = 0;
let slowestRecoveryMs = 0;
let restarts = 0;

/** Faults end: each account works again before long. */
async function recovers(): Promise<void> {
  const startedAt = performance.now();
  for (const world of worlds) {
    for (const seat of world.seats) {
      const works = (): Promise<boolean> =>
        firstValueFrom(world.client(seat).get('/echo', { timeout: 2_000 })).then(
          () => true,
          () => false,
        );
      let isWell = await works();
      while (!isWell && performance.now() - startedAt < RECOVERY_MS) {
        await sleep(50);
        isWell = await works();
      }
      const tookMs = performance.now() - startedAt;
      slowestRecoveryMs = Math.max(slowestRecoveryMs, tookMs);
      const status = (): string => JSON.stringify(world.client(seat).tokens.status());
      checks.that(RULES.recovery, isWell, () => `${seat.id} after ${Math.round(tookMs)} ms: ${status()}`);
    }
  }
}

/** How many token requests came in the last minute, held against what can have caused them. */
function looksAtRates(): void {
  const since = performance.now() - 60_000;
  for (const world of worlds) {
    for (const seat of world.seats) {
      const times = (watch.tokenRequestsAt.get(seat.id) ?? []).filter((at) => at > since);
      watch.tokenRequestsAt.set(seat.id, times);
      mostPerMinute = Math.max(mostPerMinute, times.length);
      const clockSeconds = Math.min(60, (performance.now() - startedAt) / 1_000) * world.clock.factor;
      const shortestSeconds = Math.min(1, world.settings.lifetimesMs[0] / 1_000);
      const bound = 5 + clockSeconds / shortestSeconds + seat.watch.caused;
      checks.that(RULES.rate, times.length <= bound, () => `${seat.id}: ${times.length} in a minute, ${bound} allowed`);
    }
  }
}

function looksAtHealth(now: Sample): void {
  const mostTimers = seats.length * TIMERS_PER_ACCOUNT;
  checks.that(RULES.timers, now.pendingTimers <= mostTimers, () => `${now.pendingTimers} timers at rest`);
  const mostHandles = CALLERS * worlds.length * HANDLES_PER_CALLER;
  checks.that(RULES.handles, now.handles <= mostHandles, () => `${now.handles} at rest`);
  checks.that(RULES.quiet, true, () => '');
}

async function round(seconds: number, restartsApp: boolean): Promise<void> {
  for (const each of loads) each.start(CALLERS);
  for (const each of chaoses) each.start();
  await sleep(seconds * 500);
  if (restartsApp) {
    restarts++;
    await worlds[1]!.closeApp();
    const left = (): string => `${worlds[1]!.clock.pendingTimers} timers left`;
    checks.that(RULES.shutdown, worlds[1]!.clock.pendingTimers === 0, left);
    await worlds[1]!.startApp();
  }
  await sleep(seconds * 500);
  await Promise.all(chaoses.map((each) => each.rest()));
  await recovers();
  await Promise.all(loads.map((each) => each.rest()));
  looksAtRates();
  for (const seat of seats) seat.watch.prune();
  secrets.prune(seats.map(({ key }) => key));
  const pendingTimers = worlds.reduce((sum, { clock }) => sum + clock.pendingTimers, 0);
  const handles = openHandles();
  // A vendor remembers its tokens and requests: only a new one tells what the apps remember.
  for (const world of worlds) for (const vendor of world.vendors) await world.restartVendor(vendor, 0);
  const now = { heapMB: await heapMB(), pendingTimers, handles };
  samples.push(now);
  looksAtHealth(now);
}

console.log(`soak: ${SECONDS} s, seed ${SEED}, ${CALLERS} callers for each of ${worlds.length} apps`);
for (const world of worlds) await world.start();
const startedAt = performance.now();
const isOver = (): boolean => performance.now() - startedAt >= SECONDS * 1_000;

for (let i = 0; i < FEWEST_ROUNDS || !isOver(); i++) {
  await round(ROUND_SECONDS, i % 2 === 1);
  const now = samples.at(-1)!;
  const at = Math.round((performance.now() - startedAt) / 1_000);
  const calls = loads.reduce((sum, load) => sum + load.calls, 0);
  console.log(
    `  ${at} s: ${calls} calls, heap ${now.heapMB.toFixed(1)} MB, ${now.pendingTimers} timers, ${now.handles} handles`,
  );
}

const risesMB = rise(samples.map(({ heapMB }) => heapMB));
checks.that(RULES.memory, risesMB <= MEMORY_MB, () => `grew by ${risesMB.toFixed(1)} MB`);

// The end comes in the middle of everything.
for (const load of loads) load.start(CALLERS);
for (const chaos of chaoses) chaos.start();
await sleep(500);
for (const world of worlds) {
  await world.closeApp();
  const { pendingTimers } = world.clock;
  checks.that(RULES.shutdown, pendingTimers === 0, () => `${world.settings.name}: ${pendingTimers} timers left`);
}
await Promise.all(chaoses.map((each) => each.rest()));
await Promise.all(loads.map((each) => each.rest()));
for (const world of worlds) await world.closeVendors();
await new Promise((resolve) => {
  stranger.close(resolve);
  stranger.closeAllConnections();
});
watch.stop();

// The clients' ends of closed connections hear of it in the next turns.
await sleep(1_000);
const left = process.getActiveResourcesInfo().filter((name) => !/TTY|Pipe|Immediate/.test(name));
checks.that(RULES.exit, left.length === 0, () => left.join(', '));

const { lines, passed, failed } = checks.report();
const outcomes = new Map<string, number>();
for (const load of loads) for (const [name, n] of load.outcomes) outcomes.set(name, (outcomes.get(name) ?? 0) + n);
const faults = chaoses.reduce((sum, chaos) => sum + chaos.faults, 0);
console.log(`\n${faults} faults, ${restarts} restarts of an app; how the calls ended:`);
for (const [name, n] of [...outcomes].sort((a, b) => b[1] - a[1])) console.log(`  ${String(n).padStart(8)} ${name}`);
console.log(`\nmost token requests of an account in a minute: ${mostPerMinute}`);
console.log(`slowest recovery of all accounts: ${Math.round(slowestRecoveryMs)} ms`);
console.log(`heap, second half: ${risesMB >= 0 ? '+' : ''}${risesMB.toFixed(2)} MB (at most +${MEMORY_MB})\n`);
console.log(lines.join('\n'));
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
