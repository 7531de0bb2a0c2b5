import { isAuthApisOptionsError } from 'nestjs-auth-apis';
import { describe, expect, test } from 'vitest';
import type { TokenParams } from '../../../lib/request/round-trip.js';
import { expectNoSecret } from '../../support/leaks.js';
import { anyId, grants, heldIn, says, setUpPool } from '../../support/account-pool.js';
import { errorOf, HOUR, MINUTE, SECOND } from '../../support/token-source.js';

const thrownBy = (work: () => unknown): Error => {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('it threw nothing');
};

describe('accounts of the options', () => {
  const two = [
    { key: 'k-1', scope: 'read' },
    { name: 'east', key: 'k-2' },
  ];

  test('are there from the start, looked after, and asked for with what they say', async () => {
    const { pool, asked, planned } = setUpPool(two);
    expect(pool.names).toEqual(['default', 'east']);
    expect([...planned.values()]).toEqual([true, true]);
    expect((await pool.account('default').tokens.get()).value).toBe('k-1/read//1');
    expect((await pool.account('east').tokens.get()).value).toBe('k-2///2');
    expect(asked).toEqual([{ key: 'k-1', scope: 'read' }, { key: 'k-2' }]);
    expect(pool.account('east')).toBe(pool.account('east', { scope: undefined }));
  });

  test('one that there is not is told with those that there are', () => {
    const { pool } = setUpPool(two);
    const error = thrownBy(() => pool.account('west'));
    expect(error).toMatchObject({ code: 'UNKNOWN_ACCOUNT', api: 'acme', account: 'west' });
    expect(error.message).toBe('There is no acme account "west"; configured: default, east');
    expect(thrownBy(() => setUpPool([]).pool.account('west')).message).toBe(
      'There is no acme account "west"; configured: none',
    );
  });

  test('have further tokens for other parameters, on top of their own', async () => {
    const { pool, planned } = setUpPool([{ key: 'k', scope: 'read', zone: 'eu' }]);
    const further = pool.account('default', { scope: 'write' });
    expect((await further.tokens.get()).value).toBe('k/write/eu/1');
    expect((await pool.account('default').tokens.get()).value).toBe('k/read/eu/2');
    expect(pool.account('default', { scope: 'write', zone: undefined })).toBe(further);
    expect(planned.get(further)).toBe(false);
    expect(further.tokens.status()).toMatchObject({
      account: 'default',
      tokenParams: expect.stringMatching(/^scope /),
    });
  });

  test('are not forgotten, whatever happens to their further tokens', async () => {
    const setup = setUpPool([{ key: 'k' }]);
    const { pool, clock } = setup;
    pool.account('default', { scope: 'write' }).tokens.take();
    expect(pool.forget('default')).toBe(true);
    expect(heldIn(setup)).toEqual(['default']);
    pool.account('default', { scope: 'write' }).tokens.take();
    await clock.advance(50 * HOUR);
    expect(heldIn(setup)).toEqual(['default']);
  });
});

describe('accounts that the app looks up', () => {
  test('are opened at their first use, looked up with their first token request, and kept', async () => {
    const ids: string[] = [];
    const { pool, planned } = setUpPool({ accounts: { resolve: (id) => (ids.push(id), { key: id }) } });
    const account = pool.account('t-1');
    expect(ids).toEqual([]);
    expect(planned.get(account)).toBe(false);
    expect((await account.tokens.get()).value).toBe('t-1///1');
    expect(ids).toEqual(['t-1']);
    expect(pool.account('t-1')).toBe(account);
    expect(account.tokens.label).toEqual({ api: 'acme', account: 't-1', dynamic: true });
  });

  test('are one token request for any number of calls', async () => {
    const { pool, asked } = setUpPool({ accounts: anyId });
    const calls = Array.from({ length: 1_000 }, () => pool.account('t-1').tokens.get());
    expect(new Set((await Promise.all(calls)).map(({ value }) => value))).toEqual(new Set(['key-of-t-1///1']));
    expect(asked).toHaveLength(1);
  });

  test('that nobody knows are a typed error, and a cool-down', async () => {
    let known = false;
    const { pool, clock, asked } = setUpPool({ accounts: { resolve: (id) => (known ? { key: id } : null) } });
    const { tokens } = pool.account('t-1');
    const error = await errorOf(tokens.get());
    expect(error).toMatchObject({ code: 'UNKNOWN_ACCOUNT', api: 'acme', account: 't-1' });
    expect(error.message).toBe('acme "t-1": there is no such account, `accounts.resolve` gave nothing for this id');
    known = true;
    await clock.advance(SECOND);
    expect((await tokens.get()).value).toBe('t-1///1');
    expect(asked).toHaveLength(1);
  });

  test('say themselves what they are asked for with, and how', async () => {
    const row = { key: 'k', scope: 'read', zone: null, prefix: 'p', id: 7, password: 'not ours' };
    const { pool, asked } = setUpPool({ accounts: { resolve: () => row } });
    await pool.account('t-1').tokens.get();
    await pool.account('t-1', { scope: 'write' }).tokens.get();
    expect(asked).toEqual([
      { key: 'k', scope: 'read', prefix: 'p' },
      { key: 'k', scope: 'write', prefix: 'p' },
    ]);
  });

  test('go before what is said for all of them, and behind what a call says', async () => {
    const rows: Record<string, object> = { own: { key: 'k', scope: 'own', prefix: 'own' }, silent: { key: 'k' } };
    const resolve = (id: string) => rows[id] as { key: string };
    const { pool, asked } = setUpPool({ scope: 'all', prefix: 'all', accounts: { resolve } });
    await pool.account('silent').tokens.get();
    await pool.account('own').tokens.get();
    await pool.account('own', { scope: 'call' }).tokens.get();
    expect(asked).toEqual([
      { key: 'k', scope: 'all', prefix: 'all' },
      { key: 'k', scope: 'own', prefix: 'own' },
      { key: 'k', scope: 'call', prefix: 'own' },
    ]);
  });

  test('whose credentials have changed use the new ones from the next token on', async () => {
    let key = 'old';
    const { pool } = setUpPool({ accounts: { resolve: () => ({ key }) } });
    const { tokens } = pool.account('t-1');
    await tokens.get();
    key = 'new';
    expect((await tokens.get()).value).toBe('old///1');
    expect((await tokens.refresh()).value).toBe('new///2');
  });

  test('make room for each other, are let go by whoever looks after them, and come back', async () => {
    const setup = setUpPool({ accounts: { ...anyId, maxAccounts: 2 } });
    const { pool, planned, events } = setup;
    for (const id of ['a', 'b', 'c']) {
      await pool.account(id).tokens.get();
      pool.account(id);
    }
    expect(heldIn(setup)).toEqual(['b', 'c']);
    expect(planned.size).toBe(2);
    expect(events.filter(({ type }) => type === 'accountEvicted')).toMatchObject([
      { account: 'a', reason: 'capacity' },
    ]);
    expect((await pool.account('a').tokens.get()).value).toBe('key-of-a///4');
  });

  test('are dropped with all their tokens when the app says so', async () => {
    const setup = setUpPool({ accounts: anyId });
    const { pool, planned } = setup;
    for (const scope of [undefined, 'read', 'write']) await pool.account('a', { scope }).tokens.get();
    await pool.account('ab').tokens.get();
    expect(pool.forget('a')).toBe(true);
    expect(heldIn(setup)).toEqual(['ab']);
    expect(planned.size).toBe(1);
    expect(pool.forget('a')).toBe(false);
  });

  test('stand beside those of the options, which are not looked up', async () => {
    const ids: string[] = [];
    const resolve = (id: string) => (ids.push(id), { key: 'looked-up' });
    const { pool } = setUpPool([{ name: 'east', key: 'configured' }, { accounts: { resolve } }]);
    expect((await pool.account('east', undefined, true).tokens.get()).value).toBe('configured///1');
    expect((await pool.account('east', { scope: 's' }, true).tokens.get()).value).toBe('configured/s//2');
    expect((await pool.account('west').tokens.get()).value).toBe('looked-up///3');
    expect(ids).toEqual(['west']);
    expect(pool.candidates.map(({ name }) => name)).toEqual(['east', undefined]);
    expect(pool.candidates[1]!.account('west')).toBe(pool.account('west'));
  });

  test('may have an id that a fixed account is called by, which only code means by saying so', async () => {
    const ids: string[] = [];
    const resolve = (id: string) => (ids.push(id), { key: 'looked-up' });
    const { pool } = setUpPool([{ key: 'configured' }, { accounts: { resolve } }]);
    expect((await pool.account('default').tokens.get()).value).toBe('looked-up///1');
    expect((await pool.account('default', undefined, true).tokens.get()).value).toBe('configured///2');
    expect((await pool.account('default', { scope: 's' }, true).tokens.get()).value).toBe('configured/s//3');
    expect((await pool.account('default', { scope: 's' }).tokens.get()).value).toBe('looked-up/s//4');
    const [fixed, dynamic] = pool.candidates;
    expect(fixed!.account('default')).toBe(pool.account('default', undefined, true));
    expect(dynamic!.account('default')).toBe(pool.account('default'));
    expect(ids).toEqual(['default', 'default']);
  });
});

describe('what names a token', () => {
  const notOneLine = 'acme: the name or id of an account must be a string of one line that is not empty';
  const tooLong = 'acme: the name or id of an account must not be longer than 256 characters';

  test.each<[string, unknown, string]>([
    ['is empty', '', notOneLine],
    ['has two lines', 'a\nb', notOneLine],
    ['has no end', 'x'.repeat(257), tooLong],
    ['is no text', 7, notOneLine],
  ])('cannot be an id that %s', (_, id, message) => {
    const setup = setUpPool({ accounts: anyId });
    for (const ask of [() => setup.pool.account(id as string), () => setup.pool.check(id as string)]) {
      expect(thrownBy(ask)).toMatchObject({ code: 'UNKNOWN_ACCOUNT', api: 'acme', message });
    }
    expect(heldIn(setup)).toEqual([]);
  });

  test.each<[string, TokenParams, string]>([
    ['that there is not', { skope: 's' }, "skope is no parameter of acme's tokens: it has scope, zone"],
    ['of two lines', { scope: 'a\r\nX-Evil: 1' }, 'scope contains a line break'],
    ['that is no text', { scope: 7 as unknown as string }, 'scope must be a string'],
    ['that is empty', { scope: '' }, 'scope is empty'],
  ])('cannot be a parameter %s', (_, tokenParams, problem) => {
    const setup = setUpPool({ accounts: anyId });
    for (const ask of [() => setup.pool.account('a', tokenParams), () => setup.pool.check('a', tokenParams)]) {
      const error = thrownBy(ask);
      expect(isAuthApisOptionsError(error)).toBe(true);
      expect(error.message).toContain(problem);
    }
    expect(heldIn(setup)).toEqual([]);
  });

  test('is checked without opening anything', () => {
    const setup = setUpPool({ accounts: anyId });
    setup.pool.check('t-1', { scope: 's' });
    expect(heldIn(setup)).toEqual([]);
    expect(thrownBy(() => setUpPool([{ key: 'k' }]).pool.check('t-1'))).toMatchObject({ code: 'UNKNOWN_ACCOUNT' });
  });
});

describe('a budget of token requests', () => {
  test('is that of the whole API: whoever comes too late is told when, and living tokens are served', async () => {
    const { pool, clock, asked } = setUpPool([{ key: 'k', maxTokenRequestsPerMinute: 2 }, { accounts: anyId }]);
    await pool.account('default', undefined, true).tokens.get();
    await pool.account('a').tokens.get();
    const error = await errorOf(pool.account('b').tokens.get());
    expect(error).toMatchObject({ code: 'TOKEN_UNAVAILABLE', retryAt: clock.wallNow() + MINUTE });
    expect(error.cause).toMatchObject({ code: 'TOKEN_RATE_LIMITED', api: 'acme' });
    expect(pool.account('a').tokens.take()?.value).toBe('key-of-a///2');
    expect(asked).toHaveLength(2);
    await clock.advance(MINUTE + SECOND);
    expect((await pool.account('b').tokens.get()).value).toBe('key-of-b///3');
  });
});

test('a raw request is made of the account’s credentials and parameters, and opens nothing', async () => {
  const setup = setUpPool({ zone: 'eu', accounts: anyId });
  const { endpoint, credentials, tokenParams } = setup.pool.rawRequestParts('t-1', { scope: 'write' });
  const { token } = await endpoint.exchange(credentials, tokenParams, new AbortController().signal);
  expect(token).toBe('key-of-t-1/write/eu/1');
  expect(heldIn(setup)).toEqual([]);
  expect(thrownBy(() => setUpPool([{ key: 'k' }]).pool.rawRequestParts('t-1'))).toMatchObject({
    code: 'UNKNOWN_ACCOUNT',
  });
});

test('one account’s trouble is no other account’s', async () => {
  const setup = setUpPool({ accounts: anyId });
  const { pool } = setup;
  setup.answer = async (asked, n) => (asked.key === 'key-of-bad' ? says(401) : grants)(asked, n);
  expect(await errorOf(pool.account('bad').tokens.get())).toMatchObject({
    code: 'CREDENTIALS_REJECTED',
    account: 'bad',
  });
  expect((await pool.account('good').tokens.get()).value).toBe('key-of-good///2');
  expect(pool.account('bad').tokens.status().state).toBe('denied');
});

test('a closed pool has no token to ask for, and keeps no account', async () => {
  const setup = setUpPool([{ key: 'k' }, { accounts: anyId }]);
  const { pool, clock, planned } = setup;
  pool.account('a').tokens.take();
  pool.close();
  for (const id of ['default', 'a', 'b']) {
    expect(await errorOf(pool.account(id, undefined, id === 'default').tokens.get())).toMatchObject({ code: 'CLOSED' });
  }
  expect(heldIn(setup)).toEqual(['default', 'a']);
  expect(planned.size).toBe(2);
  expect(clock.pendingTimers).toBe(0);
});

test('neither the pool nor its accounts show a secret', async () => {
  const { pool } = setUpPool([{ key: 'e5cret-key' }, { accounts: { resolve: () => ({ key: 'looked-up-key' }) } }]);
  const held = [
    pool.account('default', undefined, true),
    pool.account('a'),
    pool.account('a', { scope: 'secret-scope' }),
  ];
  const values = await Promise.all(held.map(async ({ tokens }) => (await tokens.get()).value));
  const shown = [pool, ...held, ...held.map(({ tokens }) => tokens.status()), pool.rawRequestParts('a')];
  expectNoSecret(shown, ['e5cret-key', 'looked-up-key', 'secret-scope', ...values]);
});

test('those that come and go are counted by how they stand; accounts of the options, and ids nobody knows, are not', async () => {
  const setup = setUpPool([
    { name: 'own', key: 'k-own' },
    { accounts: { resolve: (id) => (id === 'nobody' ? undefined : { key: `key-of-${id}` }) } },
  ]);
  const { pool, clock } = setup;
  expect(pool.standings()).toEqual({ up: 0, failing: 0, down: 0, idle: 0 });
  await pool.account('own', undefined, true).tokens.get();
  await pool.account('own', { scope: 'read' }, true).tokens.get();
  await Promise.all(['a', 'b', 'c'].map((id) => pool.account(id).tokens.get()));
  setup.answer = says(401);
  for (const id of ['c', 'd', 'nobody']) await errorOf(pool.account(id).tokens.refresh());
  pool.account('e');
  expect(pool.standings()).toEqual({ up: 3, failing: 1, down: 1, idle: 1 });
  await clock.advance(HOUR);
  // Those that never had a token are gone by now.
  expect(pool.standings()).toEqual({ up: 0, failing: 0, down: 1, idle: 3 });
});
