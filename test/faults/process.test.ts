import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { sleep, until } from '../support/outcome.js';
import { BuiltPackage } from './child.js';
import type { Behaviour, Service } from './faulty-server.js';
import { FaultyServer } from './faulty-server.js';
import { status } from './faults.js';
import { json, Vendor } from './vendor.js';

const built = new BuiltPackage();
beforeAll(() => built.build());
afterAll(() => built.remove());

const silent: Behaviour = { request: (exchange) => exchange.server.hold(exchange) };
const realTime = (): number => performance.now();

async function start(service: Service, behaviour?: Behaviour): Promise<FaultyServer> {
  const server = await FaultyServer.start(service);
  onTestFinished(() => server.close());
  if (behaviour) await server.misbehave(behaviour);
  return server;
}

const account = (tokenServer: FaultyServer, apiServer: FaultyServer, name?: string) => ({
  name,
  apiKey: 'fault-key',
  tokenURL: `http://127.0.0.1:${tokenServer.port}/auth`,
  baseURL: `http://127.0.0.1:${apiServer.port}/api/v1`,
});

const CALLING = `
const verbit = apis.client('verbit');
const outcomes = {};
const timer = setInterval(async () => {
  const outcome = await call(verbit);
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
}, 10);
tell(await call(verbit));
await told();
clearInterval(timer);
await new Promise((resolve) => setTimeout(resolve, 100));
tell({ outcomes, unhandled, requests: verbit.tokens.status().counters.tokenRequests });
await app.close();
`;

test('a process that is stopped for longer than its token lives goes on as if nothing had been', async () => {
  const vendor = new Vendor(1_000, realTime);
  const tokenServer = await start(vendor.tokenEndpoint);
  const apiServer = await start(vendor.api);
  const child = built.run('stopped', { verbit: account(tokenServer, apiServer) }, CALLING);
  onTestFinished(() => child.signal('SIGKILL'));
  expect(await child.hears()).toBe('200');
  await sleep(100);
  child.signal('SIGSTOP');
  await sleep(50);
  const requests = tokenServer.requests;
  await sleep(1_950);
  expect(tokenServer.requests).toBe(requests);
  child.signal('SIGCONT');
  await sleep(300);
  expect(tokenServer.requests).toBe(requests + 1);
  child.tell();
  const said = await child.hears<{ outcomes: Record<string, number>; unhandled: string[] }>();
  expect(said).toMatchObject({ unhandled: [] });
  expect(Object.keys(said.outcomes)).toEqual(['200']);
  expect(said.outcomes['200']).toBeGreaterThan(15);
  // A call may be stopped between taking its token and sending it; it is replayed.
  expect(vendor.deadTokensSeen).toBeLessThanOrEqual(1);
  expect(await child.end()).toBe('0');
});

const CLOSING = `
const groups = Object.fromEntries(
  ['answered', 'waiting', 'replaying', 'troubled'].map((name) => [
    name,
    Promise.all(Array.from({ length: 20 }, () => call(apis.client('verbit', name)))),
  ]),
);
await told();
const startedAt = performance.now();
await app.close();
const closedAt = performance.now();
process.on('exit', () => tell({ closedIn: closedAt - startedAt, endedIn: performance.now() - closedAt, unhandled }));
for (const [name, calls] of Object.entries(groups)) tell({ [name]: [...new Set(await calls)] });
`;

test('an app that closes in the middle of everything loses no call, leaves nothing open and ends within a second', async () => {
  const vendor = new Vendor(3_600_000, realTime);
  const answers: (() => void)[] = [];
  const slowApi = await start((_, response) => void answers.push(() => json(response, { id: 7 })));
  const refusingApi = await start((_, response) => void response.writeHead(401).end());
  const healthy = await start(vendor.tokenEndpoint);
  const silence = await start(vendor.tokenEndpoint, silent);
  const trouble = await start(vendor.tokenEndpoint, status(503));
  const once = await start(vendor.tokenEndpoint, {
    request: (exchange) =>
      exchange.server.requests === 1 ? exchange.server.serve(exchange) : exchange.server.hold(exchange),
  });
  const child = built.run(
    'closing',
    {
      verbit: [
        account(healthy, slowApi, 'answered'),
        account(silence, slowApi, 'waiting'),
        account(once, refusingApi, 'replaying'),
        account(trouble, slowApi, 'troubled'),
      ],
    },
    CLOSING,
  );
  onTestFinished(() => child.signal('SIGKILL'));
  await until(() => answers.length === 20 && silence.held === 1 && refusingApi.requests === 20 && once.held === 1);
  await until(() => trouble.requests > 1);
  child.tell();
  await until(() => silence.held === 0);
  for (const answer of answers) answer();
  expect(await child.hears()).toEqual({ answered: ['200'] });
  expect(await child.hears()).toEqual({ waiting: ['CLOSED'] });
  expect(await child.hears()).toEqual({ replaying: ['401'] });
  expect(await child.hears()).toEqual({ troubled: ['CLOSED'] });
  const ending = await child.hears<{ closedIn: number; endedIn: number; unhandled: string[] }>();
  expect(ending.unhandled).toEqual([]);
  expect(ending.closedIn).toBeLessThan(1_000);
  expect(ending.endedIn).toBeLessThan(1_000);
  expect(await child.end()).toBe('0');
});
