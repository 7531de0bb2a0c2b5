import type { FaultyServer } from './faulty-server.js';
import type { ApiFault, ApiFaultOutcome, Fault, TokenFault, TokenFaultOutcome } from './faults.js';
import type { Call } from './world.js';
import { LIFETIME_MS, MINUTE, SECOND, SHORTEST_PAUSES, World } from './world.js';

/** What must be true of every row, whatever it says. */
export interface Invariants {
  /** Calls that carried a dead token. */
  deadTokensSeen: number;
  /** The longest that a call has waited, clock milliseconds. */
  longestWaitMs: number;
  /** Token requests that the client counted and the server did not, where it could see them. */
  uncountedRequests: number;
  /** The most that one answer has carried over the wire, bytes. */
  largestAnswer: number;
  /** Requests that the API got beside the calls that it answered. */
  strayRequests: number;
}

export interface Measured<Outcome> {
  readonly outcome: Outcome;
  readonly invariants: Invariants;
}

export const OUTAGE_MS = 10 * MINUTE;
const CALL_EVERY_MS = 5 * SECOND;
const SHORT_OUTAGE_MS = 4 * SECOND;
/** How long callers of the API are willing to wait, real milliseconds; a `timeout` does not end every call. */
const CALLERS_TIMEOUT_MS = 250;
const CALLERS_SIGNAL_MS = 500;

/** One fault of the token endpoint: through the life of a token, in a short outage, and in a long one. */
export async function runTokenFault(fault: TokenFault): Promise<Measured<TokenFaultOutcome>> {
  const invariants = noneYet();
  const life = await inWorld(fault, invariants, (world) => throughALife(world, fault));
  const shortOutage = await inWorld(fault, invariants, (world) => untilHealed(world, fault));
  const long = await inWorld(fault, invariants, (world) => withoutEnd(world, fault));
  return { outcome: { ...life, shortOutage, ...long }, invariants };
}

type Life = Pick<TokenFaultOutcome, 'living' | 'died' | 'recovery'>;

async function throughALife(world: World, fault: TokenFault): Promise<Life> {
  const { clock, client, failedAt, refreshedAt } = world;
  await world.call();
  await begin(fault, world, world.tokenServer);
  const outcomes = new Set<string>();
  const probe = async (at: number): Promise<string> => {
    await clock.advance(at - clock.now());
    return said(await world.call());
  };
  for (let at = MINUTE; at < LIFETIME_MS; at += MINUTE) outcomes.add(await probe(at));
  for (const beforeEnd of [29 * SECOND, 1]) outcomes.add(await probe(LIFETIME_MS - beforeEnd));
  const died = await probe(LIFETIME_MS + SECOND);
  const living = [...outcomes].join(', ');
  if (client.tokens.peek()) return { living, died, recovery: said(await healed(world)).replace('200 ', '') };
  const failures = failedAt.length;
  await clock.advanceUntil(() => failedAt.length > failures, 10 * MINUTE);
  const endedAt = clock.now();
  await end(world, world.tokenServer);
  const refreshes = refreshedAt.length;
  await clock.advanceUntil(() => refreshedAt.length > refreshes, 10 * MINUTE);
  const call = await world.call();
  return { living, died, recovery: said(call) === '200 at once' ? seconds(clock.now() - endedAt) : said(call) };
}

async function healed(world: World): Promise<Call> {
  await end(world, world.tokenServer);
  return world.call();
}

async function untilHealed(world: World, fault: TokenFault): Promise<string> {
  await begin(fault, world, world.tokenServer);
  const call = await world.call();
  await world.clock.advance(SHORT_OUTAGE_MS);
  await end(world, world.tokenServer);
  await world.clock.advance(OUTAGE_MS);
  return said(call);
}

async function withoutEnd(
  world: World,
  fault: TokenFault,
): Promise<Pick<TokenFaultOutcome, 'longOutage' | 'requests'>> {
  world.chance = SHORTEST_PAUSES;
  await begin(fault, world, world.tokenServer);
  const calls: Call[] = [];
  while (world.clock.now() < OUTAGE_MS) {
    calls.push(await world.call());
    await world.clock.advance(CALL_EVERY_MS);
  }
  const requests = world.tokenRequests;
  await end(world, world.tokenServer);
  // Trouble counts from the first failure, which a silent server delays.
  const oldAt = (world.failedAt[0] ?? 0) + 10 * SECOND;
  const later = new Set(calls.filter(({ startedAt }) => startedAt >= oldAt).map(said));
  const first = said(calls[0]!);
  const outcomeOfFirst = first.split(' ')[0]!;
  const laterText = [...later].map((text) => text.replace(`${outcomeOfFirst} `, '')).join(', ');
  return { longOutage: `${first}, then ${laterText}`, requests };
}

/** One fault of the API: a call with a token, and one without. */
export async function runApiFault(fault: ApiFault): Promise<Measured<ApiFaultOutcome>> {
  const invariants = noneYet();
  const withToken = await inWorld(fault, invariants, async (world) => {
    await world.call();
    const token = world.client.tokens.peek();
    const { outcome = '', requests } = await apiCall(world, fault);
    const kept = world.client.tokens.peek()?.value === token?.value ? 'kept' : 'replaced';
    await end(world, world.apiServer);
    return { living: outcome, requests, token: kept, recovery: said(await world.call()) };
  });
  const without = await inWorld(fault, invariants, async (world) => {
    const { outcome = '', requests } = await apiCall(world, fault);
    await end(world, world.apiServer);
    return { died: outcome, requests };
  });
  const requests = `${withToken.requests}, ${without.requests}`;
  return { outcome: { ...withToken, died: without.died, requests }, invariants };
}

async function apiCall(world: World, fault: ApiFault): Promise<{ outcome?: string; requests: number }> {
  await begin(fault, world, world.apiServer);
  const before = world.tokenRequests;
  const signal = AbortSignal.timeout(CALLERS_SIGNAL_MS);
  const { outcome } = await world.call({ timeout: CALLERS_TIMEOUT_MS, signal });
  return { outcome, requests: world.tokenRequests - before };
}

async function inWorld<T>(
  { vendor, isSeen = true, isPooled = false }: Fault,
  invariants: Invariants,
  work: (world: World) => Promise<T>,
): Promise<T> {
  const world = await World.open({ vendor });
  try {
    if (isPooled) await world.openConnection();
    return await work(world);
  } finally {
    const { tokenServer, apiServer, calls } = world;
    const answered = calls.filter(({ outcome }) => outcome === '200').length;
    invariants.deadTokensSeen += world.vendor.deadTokensSeen;
    invariants.longestWaitMs = Math.max(invariants.longestWaitMs, ...calls.map(({ tookMs = Infinity }) => tookMs));
    if (isSeen && !isPooled) invariants.uncountedRequests += world.tokenRequests - tokenServer.requests;
    invariants.largestAnswer = Math.max(invariants.largestAnswer, tokenServer.largestAnswer);
    invariants.strayRequests += apiServer.requests - answered;
    await world.close();
  }
}

const noneYet = (): Invariants => ({
  deadTokensSeen: 0,
  longestWaitMs: 0,
  uncountedRequests: 0,
  largestAnswer: 0,
  strayRequests: 0,
});

async function begin(fault: Fault, world: World, server: FaultyServer): Promise<void> {
  const { behaviour } = fault;
  if (fault.losesName) {
    world.lostNames.add('auth.faults.invalid').add('api.faults.invalid');
    if (server === world.tokenServer) world.lostNames.delete('api.faults.invalid');
    else world.lostNames.delete('auth.faults.invalid');
    // A connection that is open needs no name.
    await server.misbehave({});
  }
  if (behaviour) await server.misbehave(typeof behaviour === 'function' ? behaviour(world) : behaviour);
}

async function end(world: World, server: FaultyServer): Promise<void> {
  world.lostNames.clear();
  await server.heal();
}

/** An outcome and when it came: `200 at once`, `TOKEN_UNAVAILABLE after 7 s`. */
export function said({ outcome, tookMs }: Call): string {
  if (outcome === undefined || tookMs === undefined) return 'waits';
  return `${outcome} ${tookMs === 0 ? 'at once' : `after ${seconds(tookMs)}`}`;
}

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
