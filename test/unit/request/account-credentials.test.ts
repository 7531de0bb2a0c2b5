import { inspect } from 'node:util';
import type { SecretInput } from 'nestjs-auth-apis';
import { describe, expect, test } from 'vitest';
import { endpointOf } from '../../support/site.js';
import type { RawResponse } from '../../support/token-request.js';
import { credentialsOf, quiet } from '../../support/token-request.js';
import { errorOf } from '../../support/token-source.js';

const label = { api: 'sparkfly', account: 'east' };
const granted: RawResponse = { status: 204, headers: { 'x-auth-token': 'f00' }, body: '' };
const status = (code: number): RawResponse => ({ status: code, headers: {}, body: '' });

/** An account before a vendor that takes the keys given, and answers all others with a status. */
function setUp(key: SecretInput, taken: string[], otherwise: number | Record<string, number> = 401) {
  const keys: string[] = [];
  const account = credentialsOf(label, { identity: 'me', key });
  const statusOf = (given: string): number => (typeof otherwise === 'number' ? otherwise : (otherwise[given] ?? 401));
  const endpoint = endpointOf({}, async ({ headers }) => {
    const given = headers['X-Auth-Key']!;
    keys.push(given);
    return taken.includes(given) ? granted : status(statusOf(given));
  });
  const ask = async () => endpoint.exchange(account, {}, quiet());
  /** The keys sent for one token, and which of the pair it was bought with. */
  const buy = async () => {
    keys.length = 0;
    const { secret } = await ask();
    return [keys.join(' '), secret];
  };
  return { account, keys, taken, ask, buy };
}

describe('of a pair of secrets', () => {
  test('the first is used as long as the vendor takes it', async () => {
    const { buy } = setUp(['old', 'new'], ['old', 'new']);
    expect(await buy()).toEqual(['old', 'current']);
    expect(await buy()).toEqual(['old', 'current']);
  });

  test('the second is tried when the first is refused, and goes first from then on', async () => {
    const { taken, buy } = setUp(['old', 'new'], ['old']);
    expect(await buy()).toEqual(['old', 'current']);
    taken.splice(0, 1, 'new');
    expect(await buy()).toEqual(['old new', 'next']);
    expect(await buy()).toEqual(['new', 'next']);
  });

  test('the first is used again when the vendor takes it alone', async () => {
    const { taken, buy } = setUp(['old', 'new'], ['new']);
    expect(await buy()).toEqual(['old new', 'next']);
    taken.splice(0, 1, 'old');
    expect(await buy()).toEqual(['new old', 'current']);
    expect(await buy()).toEqual(['old', 'current']);
  });

  test('which works is told by its value: a pair that moves up is used from its first on', async () => {
    let pair: readonly [string, string] = ['old', 'new'];
    const { buy } = setUp(() => pair, ['new', 'newer']);
    expect(await buy()).toEqual(['old new', 'next']);
    pair = ['new', 'newer'];
    expect(await buy()).toEqual(['new', 'current']);
  });

  test('a single secret is neither the current nor the next', async () => {
    expect(await setUp('k', ['k']).buy()).toEqual(['k', undefined]);
  });

  test('which are both the same there is one, neither the current nor the next', async () => {
    const { buy } = setUp(['same', 'same'], ['same']);
    expect(await buy()).toEqual(['same', undefined]);
    expect(await buy()).toEqual(['same', undefined]);
  });

  test('which are both the same one is tried, and no second time when it is refused', async () => {
    const { keys, ask } = setUp(['same', 'same'], [], 401);
    expect(await errorOf(ask())).toMatchObject({ code: 'CREDENTIALS_REJECTED', vendorStatus: 401 });
    expect(keys).toEqual(['same']);
  });

  test('both are refused before the account is, and the refusal is that of the first', async () => {
    const { keys, ask } = setUp(['old', 'new'], [], { old: 403, new: 400 });
    expect(await errorOf(ask())).toMatchObject({ code: 'CREDENTIALS_REJECTED', vendorStatus: 403 });
    expect(keys).toEqual(['old', 'new']);
  });

  test.each([429, 500, 404])('the second is not tried after a %i, which says nothing about the first', async (code) => {
    const { keys, ask } = setUp(['old', 'new'], ['new'], code);
    expect(await errorOf(ask())).toMatchObject({ code: 'TOKEN_REQUEST_FAILED', vendorStatus: code });
    expect(keys).toEqual(['old']);
  });

  test('trouble with the second is trouble, not a refusal', async () => {
    const { ask } = setUp(['old', 'new'], [], { old: 401, new: 503 });
    expect(await errorOf(ask())).toMatchObject({ code: 'TOKEN_REQUEST_FAILED', vendorStatus: 503, retryable: true });
  });
});

describe('whether credentials have changed since they were refused', () => {
  test('is asked of both of a pair', async () => {
    let pair: readonly [string, string] = ['a', 'b'];
    const { account, ask } = setUp(() => pair, []);
    await errorOf(ask());
    expect(await account.changed(quiet())).toBe(false);
    pair = ['b', 'a'];
    expect(await account.changed(quiet())).toBe(false);
    pair = ['a', 'c'];
    expect(await account.changed(quiet())).toBe(true);
  });

  test('is asked of what a single secret has become', async () => {
    let key: string | readonly [string, string] = 'a';
    const { account, ask } = setUp(() => key, []);
    await errorOf(ask());
    key = ['a', 'b'];
    expect(await account.changed(quiet())).toBe(true);
  });

  test('cannot be told while they cannot be read', async () => {
    let isSealed = false;
    const key = (): string => {
      if (isSealed) throw new Error('sealed');
      return 'k';
    };
    const { account, ask } = setUp(key, []);
    await errorOf(ask());
    isSealed = true;
    expect(await errorOf(account.changed(quiet()))).toMatchObject({ code: 'SECRET_UNAVAILABLE' });
  });
});

test('credentials that work are kept no longer than they must be compared with', async () => {
  const { account, taken, ask } = setUp(() => 'e5cret-key', []);
  await errorOf(ask());
  taken.push('e5cret-key');
  await ask();
  expect(inspect(account, { showHidden: true, depth: Infinity })).not.toContain('e5cret-key');
});
