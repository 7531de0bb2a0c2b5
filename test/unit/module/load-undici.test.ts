import { isAuthApisOptionsError } from 'nestjs-auth-apis';
import { beforeEach, expect, test, vi } from 'vitest';
import { failureOf } from '../../support/outcome.js';

beforeEach(() => {
  vi.resetModules();
  vi.doUnmock('undici');
});

const load = async (): Promise<unknown> => {
  const { loadUndici } = await import('../../../lib/module/load-undici.js');
  return loadUndici();
};

test('undici is loaded when it is asked for', async () => {
  expect(await load()).toBeTypeOf('function');
});

test('one that knows only elder handlers fails the boot with what to do', async () => {
  vi.doMock('undici', () => ({ Agent: class {} }));
  const error = await failureOf<Error>(load());
  expect(isAuthApisOptionsError(error)).toBe(true);
  expect(error.message).toMatch(/needs the package undici, 7 or 8, and an older one is installed/);
});
