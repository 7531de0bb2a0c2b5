import fc from 'fast-check';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import type { AcmeEcho } from '../../support/acme.js';
import { acmeApp, everyId, json, lookingUp } from '../../support/acme.js';
import { failureOf, sleep, timed } from '../../support/outcome.js';

const IDS = ['a', 'b', 'c', 'd', 'e'];
const REGIONS = [undefined, 'eu', 'us'];

/** What a call may fail with. */
type Failure = Error & { readonly response?: { readonly status: number } };

type Act = 'call' | 'call and cancel' | 'named call' | 'revoke' | 'forget' | 'refresh' | 'pause';

const step = fc.record({
  act: fc.constantFrom<Act>(
    'call',
    'call',
    'call',
    'call and cancel',
    'named call',
    'revoke',
    'forget',
    'refresh',
    'pause',
  ),
  id: fc.constantFrom(...IDS),
  region: fc.constantFrom(...REGIONS),
});

test(
  'tokens never cross, whatever is called, cancelled, revoked, forgotten and refreshed at once',
  { timeout: 60_000 },
  async () => {
    const plan = fc.array(step, { minLength: 20, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(plan, fc.integer({ min: 2, max: 8 }), async (steps, maxAccounts) => {
        const resolve = async (id: string) => (await sleep(id === 'a' ? 3 : 0), everyId(id));
        const { vendor, client, apis, app } = await acmeApp(lookingUp({ resolve, maxAccounts }));
        vendor.latencyMs = 1;
        const outcomes: Promise<Failure | undefined>[] = [];
        const note = (work: Promise<unknown>): void =>
          void outcomes.push(
            work.then(
              () => undefined,
              (error: unknown) => error as Failure,
            ),
          );
        for (const { act, id, region } of steps) {
          const tokenParams = region === undefined ? undefined : { region };
          const own = client.for(id, tokenParams);
          const expectOwn = async (work: Promise<{ data: AcmeEcho }>): Promise<void> => {
            const { data } = await work;
            expect([data.id, data.region]).toEqual([id, region]);
          };
          if (act === 'call') note(expectOwn(firstValueFrom(own.get<AcmeEcho>('/x'))));
          else if (act === 'named call')
            note(expectOwn(firstValueFrom(client.get('/x', { authApis: { account: id, tokenParams } }))));
          else if (act === 'call and cancel')
            own
              .get('/x')
              .subscribe({ error: () => {} })
              .unsubscribe();
          else if (act === 'revoke') vendor.tokens.clear();
          else if (act === 'forget') apis.forget('acme', id);
          else if (act === 'refresh') note(own.tokens.refresh());
          else await sleep(2);
        }
        const failures = (await Promise.all(outcomes)).filter((error) => error !== undefined);
        // Tokens that are revoked all the time may leave a call its 401; nothing else may happen to one.
        for (const error of failures) expect(error.response?.status, error.message).toBe(401);
        await app.close();
      }),
      { numRuns: 15 },
    );
  },
);

test('every token is asked for with the credentials of its own account, under a thousand calls at once', async () => {
  const { vendor, client } = await acmeApp(lookingUp({ resolve: async (id) => (await sleep(id.length), everyId(id)) }));
  const ids = Array.from({ length: 50 }, (_, i) => 'x'.repeat(i % 7) + String(i));
  const calls = Array.from({ length: 1_000 }, async (_, i) => {
    const id = ids[(i * 7) % ids.length]!;
    const { data } = await firstValueFrom(client.get<AcmeEcho>('/x', { authApis: { account: id } }));
    return data.id === id;
  });
  expect(new Set(await Promise.all(calls))).toEqual(new Set([true]));
  expect(vendor.asks).toHaveLength(ids.length);
});

test('a caller that gives up takes nothing from the others who wait for the same token', async () => {
  const { vendor, client } = await acmeApp();
  vendor.latencyMs = 30;
  const controller = new AbortController();
  const left = failureOf(client.for('a').get('/x', { signal: controller.signal }));
  const stayed = firstValueFrom(client.for('a').get('/x'));
  controller.abort();
  expect(await left).toMatchObject({ code: 'ERR_CANCELED' });
  expect((await stayed).status).toBe(200);
  expect(vendor.asks).toHaveLength(1);
});

test('an account refused, one in an outage and one with a slow lookup: calls of all others are as quick as ever', async () => {
  const resolve = (id: string) => (id === 'slow' ? new Promise<never>(() => {}) : everyId(id));
  const { vendor, client, apis } = await acmeApp(lookingUp({ resolve }), {
    tokenWaitTimeoutMs: 1_200,
    tokenRequestTimeoutMs: 600,
  });
  vendor.intercept = ({ id }, response) => {
    if (id === 'refused') json(response, 403, { reason: 'no' });
    else if (id === 'down') response.destroy();
    else return id === 'hanging';
    return true;
  };
  const good = Array.from({ length: 10 }, (_, i) => `good-${i}`);
  for (const id of good) await firstValueFrom(client.for(id).get('/x'));
  const bad = ['slow', 'refused', 'down', 'hanging'].flatMap((id) =>
    Array.from({ length: 10 }, () => failureOf(client.for(id).get('/x'))),
  );
  const took: number[] = [];
  for (let i = 0; i < 50; i++)
    took.push(await timed(() => firstValueFrom(client.for(good[i % good.length]!).get('/x'))));
  took.sort((a, b) => a - b);
  expect(took[Math.floor(took.length * 0.9)]).toBeLessThan(100);
  const codes = (await Promise.all(bad)).map((error) => error.code);
  expect(codes.slice(10, 20)).toEqual(Array(10).fill('CREDENTIALS_REJECTED'));
  expect([...codes.slice(0, 10), ...codes.slice(20)]).toEqual(Array(30).fill('TOKEN_UNAVAILABLE'));
  expect(apis.statuses().filter(({ state }) => state === 'fresh')).toHaveLength(good.length);
});
