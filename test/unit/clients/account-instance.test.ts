import type { AxiosAdapter } from 'axios';
import axios from 'axios';
import { describe, expect, test } from 'vitest';
import { accountInstance } from '../../../lib/clients/account-instance.js';
import { answer } from '../../support/outcome.js';
import { pollute } from '../../fuzz/fuzz.js';

const SELECTION = { account: 't-1', tokenParams: { scope: 's' } };
/** What a call says at the adapter that named no account itself. */
const INJECTED = { ...SELECTION, ofClient: true };

/** An instance whose calls name an account, and what they said at the adapter. */
function setUp(selection: { account: string; tokenParams?: Record<string, string> } = SELECTION) {
  const sent: { method?: string; url?: string; data?: unknown; authApis?: object }[] = [];
  const adapter: AxiosAdapter = async (config) => {
    sent.push(config as never);
    return answer(config);
  };
  const instance = axios.create({ baseURL: 'https://api.test', adapter });
  return { instance, mine: accountInstance(instance, selection), sent };
}

describe('every call names the account', () => {
  const body = { a: 1 };
  test.each<[string, (mine: ReturnType<typeof setUp>['mine']) => Promise<unknown>]>([
    ['get', (mine) => mine.get('/x')],
    ['get with a config', (mine) => mine.get('/x', { timeout: 5 })],
    ['delete', (mine) => mine.delete('/x')],
    ['head', (mine) => mine.head('/x')],
    ['options', (mine) => mine.options('/x')],
    ['post', (mine) => mine.post('/x', body)],
    ['post with a config', (mine) => mine.post('/x', body, { timeout: 5 })],
    ['post without a body', (mine) => mine.post('/x')],
    ['put', (mine) => mine.put('/x', body)],
    ['patch', (mine) => mine.patch('/x', body)],
    ['postForm', (mine) => mine.postForm('/x', body)],
    ['putForm', (mine) => mine.putForm('/x', body)],
    ['patchForm', (mine) => mine.patchForm('/x', body)],
    ['request', (mine) => mine.request({ url: '/x' })],
    ['request with its URL first', (mine) => (mine.request as unknown as typeof mine)('/x', { timeout: 5 })],
    ['the instance itself', (mine) => mine({ url: '/x' })],
    ['the instance itself with its URL first', (mine) => mine('/x')],
    ['the instance itself with URL and config', (mine) => mine('/x', { method: 'POST' })],
  ])('%s', async (_, call) => {
    const { mine, sent } = setUp();
    await call(mine);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ url: '/x' });
    expect(sent[0]!.authApis).toEqual(INJECTED);
  });

  test.each([null, undefined])('also with a config that is %s, which is none', async (none) => {
    const { mine, sent } = setUp();
    const config = none as undefined;
    await mine.get('/x', config);
    await mine.delete('/x', config);
    await mine.post('/x', body, config);
    await mine.postForm('/x', body, config);
    await mine('/x', config);
    await (mine.request as unknown as typeof mine)('/x', config);
    expect(sent.map(({ url, authApis }) => ({ url, authApis }))).toEqual(
      Array.from({ length: 6 }, () => ({ url: '/x', authApis: INJECTED })),
    );
  });

  test('and says else what it said', async () => {
    const { mine, sent } = setUp();
    const config = { authApis: { retry: false as const }, headers: { 'X-Mine': '1' } };
    await mine.get('/x', config);
    expect(sent[0]!.authApis).toEqual({ ...INJECTED, retry: false });
    expect(config).toEqual({ authApis: { retry: false }, headers: { 'X-Mine': '1' } });
  });
});

describe('what a call says itself goes before', () => {
  test('another account, with its own parameters or none', async () => {
    const { mine, sent } = setUp();
    await mine.get('/x', { authApis: { account: 't-2' } });
    await mine.get('/x', { authApis: { account: 't-2', tokenParams: { scope: 'x' } } });
    expect(sent.map(({ authApis }) => authApis)).toEqual([
      { account: 't-2' },
      { account: 't-2', tokenParams: { scope: 'x' } },
    ]);
  });

  test('other parameters of the same account, which go on top of the client’s', async () => {
    const selection = { account: 't-1', tokenParams: { scope: 's', zone: 'eu' } };
    const { mine, sent } = setUp(selection);
    await mine.get('/x', { authApis: { tokenParams: { scope: 'x' } } });
    await mine.get('/x', { authApis: { tokenParams: { scope: undefined, user: 'u' } } });
    await mine.get('/x', { authApis: { tokenParams: {} } });
    await mine.get('/x', { authApis: { tokenParams: undefined } });
    expect(sent.map(({ authApis }) => authApis)).toEqual([
      { account: 't-1', tokenParams: { scope: 'x', zone: 'eu' }, ofClient: true },
      { account: 't-1', tokenParams: { scope: undefined, zone: 'eu', user: 'u' }, ofClient: true },
      { ...selection, ofClient: true },
      { ...selection, ofClient: true },
    ]);
    expect(selection).toEqual({ account: 't-1', tokenParams: { scope: 's', zone: 'eu' } });
  });

  test('parameters where the client has none', async () => {
    const { mine, sent } = setUp({ account: 't-1' });
    await mine.get('/x', { authApis: { tokenParams: { scope: 'x' } } });
    expect(sent[0]!.authApis).toEqual({ account: 't-1', tokenParams: { scope: 'x' }, ofClient: true });
  });

  test('an account that is undefined is none', async () => {
    const { mine, sent } = setUp({ account: 't-1' });
    await mine.get('/x', { authApis: { account: undefined } });
    await mine.get('/x', { authApis: { account: undefined, retry: false } });
    expect(sent.map(({ authApis }) => authApis)).toStrictEqual([
      { account: 't-1', ofClient: true },
      { account: 't-1', retry: false, ofClient: true },
    ]);
  });

  test('but not what somebody has put on the prototype of all objects', async () => {
    const { mine, sent } = setUp();
    const restore = [
      pollute('authApis', { account: 'evil' }),
      pollute('account', 'evil'),
      pollute('params', { scope: 'evil' }),
    ];
    try {
      await mine.get('/x');
      await mine.get('/x', {});
      await mine.get('/x', { authApis: { retry: false } });
    } finally {
      for (const undo of restore) undo();
    }
    const injected = { ...INJECTED };
    expect(sent.map(({ authApis }) => ({ ...authApis }))).toEqual([injected, injected, { ...injected, retry: false }]);
  });
});

test('all else is the shared instance’s own: defaults, interceptors, how a URI is put together', async () => {
  const { instance, mine, sent } = setUp();
  expect(mine.defaults).toBe(instance.defaults);
  expect(mine.interceptors).toBe(instance.interceptors);
  expect(mine.getUri({ url: '/x' })).toBe('https://api.test/x');
  const seen: unknown[] = [];
  instance.interceptors.request.use((config) => (seen.push(config.authApis), config));
  await mine.get('/x');
  await instance.get('/x');
  expect(seen).toEqual([INJECTED, undefined]);
  expect(sent).toHaveLength(2);
});
