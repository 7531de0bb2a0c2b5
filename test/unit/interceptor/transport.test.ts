import type { InternalAxiosRequestConfig } from 'axios';
import axios from 'axios';
import { expect, test } from 'vitest';
import { copyOf } from '../../../lib/interceptor/transport.js';
import { answer } from '../../support/outcome.js';
import { pollute } from '../../fuzz/fuzz.js';

const MARK = Symbol('mark');

/** What axios makes of a call, as an adapter gets it. */
async function merged(config: object): Promise<InternalAxiosRequestConfig> {
  const { config: sent } = await axios.get('http://api.test/x', { ...config, adapter: async (own) => answer(own) });
  return sent;
}

test('has all that axios has merged, what it does not know too', async () => {
  const config = await merged({
    params: { a: 1 },
    timeout: 5,
    responseType: 'text',
    ofSomebody: { b: 2 },
    [MARK]: 'c',
  });
  const copy = copyOf(config);
  expect(copy).not.toBe(config);
  expect(copy).toMatchObject({ ...config });
  expect(Reflect.get(copy, MARK)).toBe('c');
  const others = Object.entries(copy).filter(([name]) => !Object.hasOwn(config, name));
  expect(others.map(([, value]) => value)).toEqual(others.map(() => undefined));
});

test.each([
  ['merged by axios', () => merged({})],
  ['somebody made', async () => ({ url: 'http://api.test/x' }) as InternalAxiosRequestConfig],
])('of one that %s nothing is inherited', async (_, make) => {
  const config = await make();
  const cleanUps = [pollute('beforeRedirect', () => {}), pollute('maxRate', 1)];
  try {
    const copy = copyOf(config);
    expect(Object.hasOwn(copy, 'maxRate')).toBe(false);
    expect(Object.getOwnPropertyDescriptor(copy, 'beforeRedirect')?.value).toBeUndefined();
  } finally {
    for (const cleanUp of cleanUps) cleanUp();
  }
});
