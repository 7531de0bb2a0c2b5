// Covers `store/store-answers.ts` end to end: a token that somebody else wrote into the store.
import type { AcquireRequest, SharedToken, TokenStore } from 'nestjs-auth-apis';
import { expect, test } from 'vitest';
import { acmeVendor } from '../../support/acme.js';
import { startReplica } from '../../support/redis-server.js';
import { uncaughtErrors } from '../../support/uncaught.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A store in which somebody has planted a token before the app starts. */
class PlantedStore implements TokenStore {
  saved: SharedToken | undefined;
  readonly #planted: SharedToken;

  constructor(planted: object) {
    this.#planted = { value: 'planted', generation: 7, lifetimeMs: HOUR, ageMs: 0, ...planted };
  }

  async acquire(_: string, { newerThan }: AcquireRequest): Promise<SharedToken | 'leased'> {
    const found = this.saved ?? this.#planted;
    return found.generation > newerThan ? found : 'leased';
  }

  async save(_: string, token: Omit<SharedToken, 'generation'>): Promise<number> {
    this.saved = { ...token, generation: 8 };
    return 8;
  }

  async release(): Promise<void> {}
}

/** Out of range: a token that is passed by, and overwritten by the next one. */
const implausible: Record<string, object> = {
  'a lifetime of 1e300 ms': { lifetimeMs: 1e300 },
  'a lifetime of 367 days': { lifetimeMs: 367 * DAY },
  'a lifetime of 0': { lifetimeMs: 0 },
  'a negative lifetime': { lifetimeMs: -HOUR },
  'an age of its lifetime': { ageMs: HOUR },
  'an age of 1e300 ms': { ageMs: 1e300 },
  'a value with a line break': { value: 'token\r\nX-Admin: yes' },
  'a value of two words': { value: 'a, b' },
  'a value that is no ASCII': { value: 'tökén' },
  'a value larger than a token response': { value: 'x'.repeat(64 * 1024 + 1) },
};

test.each(Object.entries(implausible))(
  'a planted token with %s is passed by, and the vendor’s token takes its place',
  async (_, planted) => {
    const [uncaught, vendor, store] = [uncaughtErrors(), await acmeVendor(), new PlantedStore(planted)];
    const { app, call, events } = await startReplica(vendor, { store });
    const token = await call();
    expect(token).toMatch(/^acme-token-1/);
    expect(store.saved).toMatchObject({ value: token });
    expect(events.map(({ type }) => type)).not.toContain('storeUnavailable');
    await app.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([vendor.asks.length, vendor.refusedCalls.length, uncaught]).toEqual([1, 0, []]);
  },
);

/** Of a wrong type, or without an order: the store itself is wrong, which is reported. */
const wrong: Record<string, object> = {
  'a lifetime that is a text': { lifetimeMs: '3600000' },
  'a lifetime without an end': { lifetimeMs: Infinity },
  'a lifetime that is no number': { lifetimeMs: NaN },
  'a generation that is a text': { generation: '7' },
  'a generation without an end': { generation: Infinity },
  'a generation of 1e300, after which none is larger': { generation: 1e300 },
  'a negative age': { ageMs: -1 },
};

test.each(Object.entries(wrong))('a store that gives %s counts as unavailable', async (_, planted) => {
  const [uncaught, vendor, store] = [uncaughtErrors(), await acmeVendor(), new PlantedStore(planted)];
  const { app, call, events } = await startReplica(vendor, { store });
  expect(await call()).toMatch(/^acme-token-1/);
  expect(events.filter(({ type }) => type === 'storeUnavailable')).toHaveLength(1);
  await app.close();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect([vendor.asks.length, vendor.refusedCalls.length, uncaught]).toEqual([1, 0, []]);
});

test('a planted token within the limits is sent, and the API’s 401 replaces it', async () => {
  const [vendor, store] = [await acmeVendor(), new PlantedStore({})];
  const { call } = await startReplica(vendor, { store });
  expect(await call()).toMatch(/^acme-token-1/);
  expect([vendor.refusedCalls.length, vendor.asks.length]).toEqual([1, 1]);
});
