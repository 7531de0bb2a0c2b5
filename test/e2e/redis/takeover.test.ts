import { expect } from 'vitest';
import { acmeVendor, keyOf, lookingUp, oneAccount } from '../../support/acme.js';
import type { AcmeAccounts, AcmeVendor } from '../../support/acme.js';
import { sleep } from '../../support/outcome.js';
import type { RedisServer, Replica } from '../../support/redis-server.js';
import { redisStore, redisTest, startRedis, startReplica } from '../../support/redis-server.js';

type Accounts = (vendor: AcmeVendor) => AcmeAccounts;

async function replicaOf(server: RedisServer, vendor: AcmeVendor, accounts: Accounts) {
  return startReplica(vendor, { store: await redisStore(server), accounts });
}

const typesOf = ({ events }: Replica): string[] => events.map(({ type }) => type);
const endOf = ({ client }: Replica): number => client.tokens.status().expiresAt!;

redisTest('which of a pair of secrets works is not forgotten when another replica buys the next token', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  vendor.keys = () => ['the new one'];
  const pair = oneAccount({ appKey: [keyOf('me'), 'the new one'] });
  const [first, second] = [await replicaOf(server, vendor, pair), await replicaOf(server, vendor, pair)];
  await first.call();
  await second.client.tokens.refresh();
  await second.client.tokens.refresh();
  await first.client.tokens.refresh();
  expect(first.client.tokens.peek()?.value).toBe(second.client.tokens.peek()?.value);
  expect(first.client.tokens.status().secret).toBe('next');
  await first.client.tokens.refresh();
  expect(typesOf(first).filter((type) => type === 'secretRotated')).toHaveLength(1);
});

redisTest('a process that was too busy to read the answer prolongs no token by that', async () => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const first = await replicaOf(server, vendor, oneAccount());
  const store = await redisStore(server);
  let isBusy = true;
  const busy = await startReplica(vendor, {
    store: {
      async acquire(key, request) {
        const asking = store.acquire(key, request);
        await sleep(20); // it has been sent
        const until = performance.now() + (isBusy ? 1_000 : 0);
        while (performance.now() < until);
        return asking;
      },
      save: (...args) => store.save(...args),
      release: (...args) => store.release(...args),
    },
  });
  await first.call();
  await sleep(300);
  await busy.call();
  expect(endOf(busy) - endOf(first)).toBeLessThan(250);
  isBusy = false;
  await first.client.tokens.refresh();
  expect((await busy.client.tokens.refresh()).value).toBe(first.client.tokens.peek()?.value);
});

redisTest.for<[string, Parameters<typeof oneAccount>[0], Parameters<typeof oneAccount>[0]]>([
  ['other lives', { tokenLifetimeMs: 600_000 }, { tokenLifetimeMs: 60_000 }],
  ['a life of their own', {}, { tokenLifetimeMs: 60_000 }],
  ['other headers', { http: { headers: { 'X-Tenant': 'a' } } }, { http: { headers: { 'X-Tenant': 'b' } } }],
  ['a header of their own', {}, { http: { headers: { 'X-Tenant': 'b' } } }],
])('replicas that ask for tokens with %s never share one', async ([, one, other]) => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const [first, second] = [
    await replicaOf(server, vendor, oneAccount(one)),
    await replicaOf(server, vendor, oneAccount(other)),
  ];
  expect(await first.call()).not.toBe(await second.call());
  expect(vendor.asks).toHaveLength(2);
});

redisTest.for<[string, Accounts, Accounts]>([
  [
    'headers are said in another order, or spelled otherwise',
    oneAccount({ http: { headers: { 'X-Tenant': 'a', 'X-Site': 'b' } } }),
    oneAccount({ http: { headers: { 'x-site': 'b', 'X-TENANT': 'a' } } }),
  ],
  [
    'headers of bodies, which token requests do not take over, are others',
    oneAccount({ http: { headers: { 'Content-Type': 'text/a' } } }),
    oneAccount({ http: { headers: { 'Content-Type': 'text/b' } } }),
  ],
  [
    'options are said in another order',
    ({ baseURL }) => ({ baseURL, appId: 'me', appKey: keyOf('me'), region: 'eu', user: 'u', tier: 'free', unit: 'x' }),
    ({ baseURL }) => ({ unit: 'x', tier: 'free', user: 'u', region: 'eu', appKey: keyOf('me'), appId: 'me', baseURL }),
  ],
])('replicas share though %s', async ([, one, other]) => {
  const [server, vendor] = [await startRedis(), await acmeVendor()];
  const [first, second] = [await replicaOf(server, vendor, one), await replicaOf(server, vendor, other)];
  expect(await first.call()).toBe(await second.call());
  expect(vendor.asks).toHaveLength(1);
});

redisTest(
  'parameters may be said in any order, by a call or by the account, and those that say nothing are none',
  async () => {
    const [server, vendor] = [await startRedis(), await acmeVendor()];
    const resolve = (id: string) => ({ region: 'eu', user: 'u', appId: id, appKey: keyOf(id) });
    const [first, second] = [
      await replicaOf(server, vendor, lookingUp()),
      await replicaOf(server, vendor, lookingUp()),
    ];
    await first.client.for('a', { region: 'eu', user: 'u' }).tokens.get();
    await second.client.for('a', { user: 'u', region: 'eu' }).tokens.get();
    await first.client.for('b', { region: 'eu', user: undefined }).tokens.get();
    await second.client.for('b', { region: 'eu' }).tokens.get();
    expect(vendor.asks).toHaveLength(2);
    const knowing = await replicaOf(server, vendor, lookingUp({ resolve }));
    const saying = await replicaOf(
      server,
      vendor,
      lookingUp({ resolve: (id) => ({ appKey: keyOf(id), user: 'u', appId: id, region: 'eu' }) }),
    );
    await knowing.client.for('c').tokens.get();
    await saying.client.for('c').tokens.get();
    expect(vendor.asks).toHaveLength(3);
  },
);
