import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as testing from '../../../lib/testing/index.js';
import { FakeSparkfly, FakeVerbit } from '../../../lib/testing/index.js';

// Options that no type checker would let through.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const wrong = (value: unknown): never => value as never;

function aCycle(): object {
  const cycle: { self?: object } = {};
  cycle.self = cycle;
  return cycle;
}

const COMMON: readonly [unknown, string][] = [
  [{ port: -1 }, '"port" is -1; give an integer from 0 to 65535'],
  [{ port: '80' }, '"port" is of type string; give an integer'],
  [{ tokenLifetimeMs: Number.NaN }, '"tokenLifetimeMs" is NaN; give milliseconds: a finite number, 0 or more'],
  [{ tokenLifetimeMs: Infinity }, '"tokenLifetimeMs" is Infinity'],
  [{ latencyMs: -5 }, '"latencyMs" is -5; give milliseconds: a number from 0 to 2147483647'],
  [{ latencyMs: 2 ** 31 }, '"latencyMs" is 2147483648'],
  [{ tokenLatencyMs: '5' }, '"tokenLatencyMs" is of type string'],
  [{ tokenLatencyMs: null }, '"tokenLatencyMs" is null'],
  [{ clock: {} }, '"clock" is of type object; give a Clock, such as a ManualClock'],
  [{ contract: 'other' }, '"contract" is of type string; give \''],
  [{ latencyms: 5 }, 'there is no option "latencyms"; did you mean "latencyMs"?'],
  [{ lifetime: 5 }, 'there is no option "lifetime"; known are port, tokenLifetimeMs,'],
  [{ toString: 5 }, 'there is no option "toString"'],
  [null, 'the options are null; give an object'],
  ['text', 'the options are of type string; give an object'],
  [[], 'the options are an array; give an object'],
];

describe('FakeVerbit.start()', () => {
  it.each<[unknown, string]>([
    ...COMMON,
    [{ apiKey: '' }, '"apiKey" is an empty string; give a string that is not empty'],
    [{ apiKey: [] }, '"apiKey" is an array; give a string that is not empty, or an array with at least one'],
    [{ apiKey: ['good', 5] }, '"apiKey" is an array'],
    [{ contract: 'users ' }, "\"contract\" is of type string; give 'v0.8' or 'users'"],
    [{ identity: 'me' }, 'there is no option "identity"'],
  ])('refuses %j and says what to give', async (options, message) => {
    const started = FakeVerbit.start(wrong(options));
    await expect(started).rejects.toThrow(TypeError);
    await expect(started).rejects.toThrow(`FakeVerbit.start(): ${message}`);
  });

  it('takes an option that is undefined for absent', async () => {
    const fake = await FakeVerbit.start({ apiKey: undefined, clock: undefined, latencyMs: undefined, port: undefined });
    expect(fake.apiKey).toBe('fake-verbit-key');
    await fake.close();
  });
});

describe('FakeSparkfly.start()', () => {
  it.each<[unknown, string]>([
    ...COMMON,
    [{ identity: 5 }, '"identity" is 5; give a string that is not empty'],
    [{ key: {} }, '"key" is of type object'],
    [{ identityPrefix: '' }, '"identityPrefix" is an empty string'],
    [{ keyPrefix: true }, '"keyPrefix" is true'],
    [{ authPath: '/auth' }, "\"authPath\" is of type string; give 'base' or 'root'"],
    [{ apiKey: 'key' }, 'there is no option "apiKey"'],
  ])('refuses %j and says what to give', async (options, message) => {
    const started = FakeSparkfly.start(wrong(options));
    await expect(started).rejects.toThrow(TypeError);
    await expect(started).rejects.toThrow(`FakeSparkfly.start(): ${message}`);
  });

  it('never prints a key that stands in the wrong place', async () => {
    await expect(FakeSparkfly.start(wrong({ port: 'my-secret' }))).rejects.not.toThrow('my-secret');
  });
});

describe('the controls of a running fake', () => {
  let fake: FakeVerbit;
  beforeEach(async () => void (fake = await FakeVerbit.start()));
  afterEach(() => fake.close());

  it.each<[string, () => void, string]>([
    ['a negative latency', () => fake.setLatency(-1), 'setLatency(): "ms" is -1; give milliseconds'],
    ['a lifetime that is no number', () => fake.setTokenLifetime(Number.NaN), 'setTokenLifetime(): "ms" is NaN'],
    ['half a rejection', () => fake.rejectNext(0.5), 'rejectNext(): "n" is 0.5; give an integer, 0 or more'],
    ['an empty key', () => fake.rotateKey(''), 'rotateKey(): "newKey" is an empty string; give a string'],
    ['a text for a switch', () => fake.repeatToken(wrong('yes')), 'repeatToken(): "enabled" is of type string'],
    ['a fault on nothing', () => fake.failNext({ on: wrong('all') }), 'failNext(): "on" is of type string'],
    ['a status that ends nothing', () => fake.failNext({ status: 100 }), '"status" is 100; give an integer from 200'],
    ['a fault that never comes', () => fake.failNext({ times: 0 }), '"times" is 0; give an integer, 1 or more'],
    ['a negative delay', () => fake.failNext({ delayMs: -1 }), '"delayMs" is -1'],
    ['an unknown action', () => fake.failNext({ action: wrong('burn') }), "give 'reset' or 'hang' or 'truncate'"],
    ['a header with a line break', () => fake.failNext({ headers: { A: 'b\r\nc' } }), '"headers" is of type object'],
    ['a header name with a space', () => fake.failNext({ headers: { 'A b': 'c' } }), '"headers" is of type object'],
    ['a header that is an object', () => fake.failNext({ headers: wrong({ A: {} }) }), '"headers" is of type object'],
    ['a body that JSON cannot carry', () => fake.failNext({ body: () => 1 }), '"body" is of type function'],
    ['a body that ends nowhere', () => fake.failNext({ body: aCycle() }), '"body" is of type object'],
    ['an unknown property', () => fake.failNext(wrong({ code: 5 })), 'failNext(): there is no option "code"'],
    ['no object', () => fake.failNext(wrong(null)), 'failNext(): the options are null'],
  ])('refuse %s', (_, act, message) => {
    expect(act).toThrow(TypeError);
    expect(act).toThrow(message);
  });
});

describe('the testing entry point', () => {
  it('exports the two vendors, the clock and the checks of a store, and nothing else at run time', () => {
    expect(Object.keys(testing).sort()).toEqual(['FakeSparkfly', 'FakeVerbit', 'ManualClock', 'tokenStoreChecks']);
  });
});
