import type { SecretInput } from 'nestjs-auth-apis';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../../lib/common/secret.js';
import { configuredCredentials, resolvedCredentials } from '../../../lib/request/credentials.js';
import { quiet } from '../../support/token-request.js';
import { errorOf } from '../../support/token-source.js';

const label = { api: 'acme', account: 'east' };
const configured = (secrets: Record<string, SecretInput>) =>
  configuredCredentials(Object.fromEntries(Object.entries(secrets).map(([name, value]) => [name, new Secret(value!)])));

describe('credentials of the options', () => {
  test('are read whole, values and functions alike', async () => {
    const reader = configured({ id: 'me', key: async () => 'k' });
    expect(await reader.read(label, quiet())).toEqual({ sets: [{ id: 'me', key: 'k' }] });
  });

  test('can change while the app runs when one of them is a function', () => {
    expect(configured({ id: 'me', key: 'k' }).isDynamic).toBe(false);
    expect(configured({ id: 'me', key: ['k', 'l'] }).isDynamic).toBe(false);
    expect(configured({ id: 'me', key: () => 'k' }).isDynamic).toBe(true);
  });

  test('with one pair are two sets, what is no pair is in both', async () => {
    const { sets } = await configured({ id: 'me', key: ['old', 'new'] }).read(label, quiet());
    expect(sets).toEqual([
      { id: 'me', key: 'old' },
      { id: 'me', key: 'new' },
    ]);
  });

  test('with two pairs are two sets: the firsts together, the seconds together', async () => {
    const { sets } = await configured({ id: ['a', 'b'], key: () => ['1', '2'] as const }).read(label, quiet());
    expect(sets).toEqual([
      { id: 'a', key: '1' },
      { id: 'b', key: '2' },
    ]);
  });

  test.each<[string, unknown, string]>([
    ['half a pair', ['k'], 'must be one value, or a pair [current, next]'],
    ['three of a kind', ['k', 'l', 'm'], 'must be one value, or a pair [current, next]'],
    ['an empty second', ['e5cret', ''], 'is empty (the second of the pair)'],
    ['a first with a line break', ['e5cret\n', 'k'], 'contains a line break (the first of the pair)'],
    ['a number', 7, 'must be a string'],
  ])('cannot be %s, and the error shows no value', async (_, value, problem) => {
    const error = await errorOf(configured({ key: () => value as string }).read(label, quiet()));
    expect(error).toMatchObject({ code: 'SECRET_UNAVAILABLE', retryable: true, ...label });
    expect(error.message).toBe(`acme "east": the function given as \`key\` gave a value that ${problem}`);
    expect(inspect(error, { showHidden: true, depth: Infinity })).not.toContain('e5cret');
  });
});

describe('credentials that the app looks up', () => {
  const reading = (found: unknown) =>
    resolvedCredentials(() => found, ['id', 'key'], ['scope', 'prefix']).read(label, quiet());

  test('are asked for by the account’s id, and can always change', async () => {
    const ids: string[] = [];
    const reader = resolvedCredentials(async (id) => (ids.push(id), { id: 'me', key: 'k' }), ['id', 'key'], []);
    expect(reader.isDynamic).toBe(true);
    expect(await reader.read(label, quiet())).toEqual({ sets: [{ id: 'me', key: 'k' }], extras: {} });
    expect(ids).toEqual(['east']);
  });

  test('may be a whole row, of which no other field is touched', async () => {
    const row = {
      id: 'me',
      key: ['old', 'new'],
      scope: 'offers',
      prefix: null,
      get password(): string {
        throw new Error('not yours');
      },
    };
    expect(await reading(row)).toEqual({
      sets: [
        { id: 'me', key: 'old' },
        { id: 'me', key: 'new' },
      ],
      extras: { scope: 'offers' },
    });
  });

  test.each([undefined, null])('that are %s mean that there is no such account', async (found) => {
    const error = await errorOf(reading(found));
    expect(error).toMatchObject({ code: 'UNKNOWN_ACCOUNT', retryable: false, ...label });
    expect(error.message).toBe('acme "east": there is no such account, `accounts.resolve` gave nothing for this id');
  });

  test.each<[string, unknown, string]>([
    ['lack one', { id: 'me' }, '`key` is missing'],
    ['have null for one', { id: 'me', key: null }, '`key` is missing'],
    ['have an empty one', { id: '', key: 'e5cret' }, '`id` is empty'],
    ['have one of two lines', { id: 'me', key: 'e5cret\r\nX-Evil: 1' }, '`key` contains a line break'],
    ['have a scope that cannot be sent', { id: 'me', key: 'e5cret', scope: 'a\nb' }, '`scope` contains a line break'],
    ['have a pair for a scope', { id: 'me', key: 'e5cret', scope: ['a', 'b'] }, '`scope` must be a string'],
    ['are no object', 'e5cret', '`id` is missing'],
  ])('that %s are trouble that names the field and shows no value', async (_, found, problem) => {
    const error = await errorOf(reading(found));
    expect(error).toMatchObject({ code: 'SECRET_UNAVAILABLE', retryable: true, ...label });
    expect(error.message).toBe(`acme "east": \`accounts.resolve\` gave an account whose ${problem}`);
    expect(inspect(error, { showHidden: true, depth: Infinity })).not.toContain('e5cret');
  });

  test.each([
    [
      'throws at once',
      () => {
        throw new RangeError('postgres://app:e5cret@db');
      },
      'threw RangeError',
    ],
    [
      'rejects',
      async () => {
        throw Object.assign(new Error('postgres://app:e5cret@db'), { code: 'ECONNREFUSED' });
      },
      'threw Error (ECONNREFUSED)',
    ],
    [
      'gives a row whose field throws',
      () => ({
        get id(): string {
          throw new TypeError('e5cret');
        },
      }),
      'threw TypeError',
    ],
  ])('by a function that %s are trouble, told by name, code and place alone', async (_, resolve, words) => {
    const error = await errorOf(resolvedCredentials(resolve, ['id'], []).read(label, quiet()));
    expect(error).toMatchObject({ code: 'SECRET_UNAVAILABLE', retryable: true });
    const [said, place] = error.message.split(' at ');
    expect(said).toBe(`acme "east": \`accounts.resolve\` ${words}`);
    expect(place).toMatch(/^test\/unit\/request\/credentials\.test\.ts:\d+$/);
    expect(inspect(error, { showHidden: true, depth: Infinity })).not.toContain('e5cret');
  });

  test('by a function that hangs are trouble when the attempt’s time is over', async () => {
    const controller = new AbortController();
    const reading = resolvedCredentials(() => new Promise(() => {}), ['id'], []).read(label, controller.signal);
    controller.abort(new Error('time is up'));
    expect((await errorOf(reading)).message).toBe('acme "east": `accounts.resolve` gave nothing in time');
  });

  test('are not taken from what every object inherits', async () => {
    const found = Object.create({ id: 'inherited', key: 'inherited' }) as object;
    const own = Object.assign(Object.create(null) as object, { id: 'me', key: 'k' });
    expect((await reading(own)).sets).toEqual([{ id: 'me', key: 'k' }]);
    // A row may be an instance of a class with getters: what it inherits from its class is its own.
    expect((await reading(found)).sets).toEqual([{ id: 'inherited', key: 'inherited' }]);
  });
});
