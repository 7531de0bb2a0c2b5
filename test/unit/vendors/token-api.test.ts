import type { TokenResponse } from 'nestjs-auth-apis';
import { defineTokenApi, isAuthApisOptionsError, TokenApi } from 'nestjs-auth-apis';
import { describe, expect, test } from 'vitest';
import { VERSION } from '../../../lib/common/version.js';
import { HOUR } from '../../support/token-source.js';

const definition = {
  name: 'acme',
  credentials: ['id', 'key'],
  tokenURL: 'token',
  lifetimeMs: HOUR,
  placement: { in: 'header', name: 'X-Acme-Token' },
  request: ({ url }: { url: string }) => ({ method: 'POST' as const, url, headers: {} }),
  parseResponse: ({ json }: TokenResponse) => ({ token: json.token }),
} as const;

const response = (json: Record<string, unknown> = {}): TokenResponse => ({
  status: 200,
  headers: {},
  body: JSON.stringify(json),
  json,
});

/** The problems of a definition that came from JavaScript, say. */
function problemsOf(given: unknown): readonly string[] {
  try {
    defineTokenApi(given as typeof definition);
  } catch (error) {
    if (isAuthApisOptionsError(error)) return error.problems;
    throw error;
  }
  return [];
}

describe('a definition', () => {
  test('makes an API that knows its names, and no more than it was told', () => {
    const api = defineTokenApi(definition);
    expect(api).toBeInstanceOf(TokenApi);
    expect(JSON.parse(JSON.stringify(api))).toEqual({
      name: 'acme',
      credentials: ['id', 'key'],
      tokenParams: [],
      perRequest: [],
      settings: {},
      tokenHeader: { name: 'X-Acme-Token', prefix: '', suffix: '' },
    });
  });

  test('that is changed afterwards changes nothing', () => {
    const credentials = ['id'] as ['id'];
    const placement = { in: 'header' as const, name: 'X-Acme-Token' };
    const api = defineTokenApi({ ...definition, credentials, placement });
    credentials[0] = 'other' as 'id';
    placement.name = 'X-Evil';
    expect(api.credentials).toEqual(['id']);
    expect(api.tokenHeader.name).toBe('X-Acme-Token');
  });

  test('says what the error is about', () => {
    let message = '';
    try {
      defineTokenApi({ ...definition, name: '' });
    } catch (error) {
      ({ message } = error as Error);
    }
    expect(message).toBe(
      'The fields of a definition for defineTokenApi are not valid:\n' +
        "  - name must be a word of letters, digits and dashes, e.g. 'acme'",
    );
  });

  test.each<[string, object]>([
    ['a name with a dash', { name: 'acme-eu' }],
    ['settings', { settings: { region: ['eu', 'us'], prefix: 'text' } }],
    ['functions for everything', { baseURL: () => 'x', tokenURL: () => 'x', origins: () => [], lifetimeMs: () => 1 }],
    ['several token endpoints', { tokenURL: ['a', 'b'] }],
    ['a scheme', { placement: { scheme: 'Bearer' } }],
    ['parameters', { tokenParams: ['scope'], perRequest: ['trace_id'] }],
    ['no error reader', { error: undefined }],
  ])('may have %s', (_, more) => {
    expect(problemsOf({ ...definition, ...more })).toEqual([]);
  });

  test.each<[object, string]>([
    [{ name: undefined }, 'name must be a word'],
    [{ name: 'a b' }, 'name must be a word'],
    [{ name: '7' }, 'name must be a word'],
    [{ credentials: undefined }, 'credentials must be a list of names'],
    [{ credentials: [] }, 'credentials must name at least one'],
    [{ credentials: 'key' }, 'credentials must be a list of names'],
    [{ credentials: ['a b'] }, 'credentials must be a list of names'],
    [{ credentials: [7] }, 'credentials must be a list of names'],
    [{ credentials: [Object.create(null)] }, 'credentials must be a list of names'],
    [{ credentials: [Symbol('key')] }, 'credentials must be a list of names'],
    [{ tokenParams: ['a-b'] }, 'tokenParams must be a list of names'],
    [{ perRequest: {} }, 'perRequest must be a list of names'],
    [{ tokenParams: ['key'] }, '"key" is used twice'],
    [{ credentials: ['key', 'key'] }, '"key" is used twice'],
    [{ perRequest: ['id'] }, '"id" is used twice'],
    [{ settings: { id: 'text' } }, '"id" is used twice'],
    [{ settings: { region: [] } }, 'settings must be an object'],
    [{ settings: { region: 'eu' } }, 'settings must be an object'],
    [{ settings: [] }, 'settings must be an object'],
    [{ lifetimeMs: 0 }, 'lifetimeMs must be a number of milliseconds'],
    [{ lifetimeMs: 367 * 24 * HOUR }, 'lifetimeMs must be a number of milliseconds'],
    [{ lifetimeMs: Number.NaN }, 'lifetimeMs must be a number of milliseconds'],
    [{ lifetimeMs: '3600000' }, 'lifetimeMs must be a number of milliseconds'],
    [{ placement: undefined }, 'placement must be { scheme'],
    [{ placement: { header: 'X-Token' } }, 'placement must be { scheme'],
    [{ placement: { scheme: 'Bearer', in: 'header', name: 'X' } }, 'placement must be { scheme'],
    [{ placement: { in: 'query', name: 'token' } }, "placement.in must be 'header'"],
    [{ placement: { in: 'header', name: 'X Token' } }, 'placement.name must be the name of a header'],
    [{ placement: { in: 'header', name: 'X-Token\r\nX-Evil' } }, 'placement.name must be the name of a header'],
    [{ placement: { scheme: 'a b' } }, 'placement.scheme must be one word'],
    [{ placement: { scheme: '' } }, 'placement.scheme must be one word'],
    [{ placement: { in: 'header', name: 'X', value: 'Token' } }, 'placement.value must be text'],
    [{ placement: { in: 'header', name: 'X', value: '{token}{token}' } }, 'placement.value must be text'],
    [{ placement: { in: 'header', name: 'X', value: 'a\n{token}' } }, 'placement.value must be text'],
    [{ baseURL: '' }, 'baseURL must be a URL'],
    [{ baseURL: 7 }, 'baseURL must be a URL'],
    [{ tokenURL: undefined }, 'tokenURL must be a URL, a path'],
    [{ tokenURL: [] }, 'tokenURL must be a URL, a path'],
    [{ tokenURL: ['a', ''] }, 'tokenURL must be a URL, a path'],
    [{ origins: 'https://a.test' }, 'origins must be a list of origins'],
    [{ origins: [7] }, 'origins must be a list of origins'],
    [{ request: undefined }, 'request must be a function'],
    [{ parseResponse: {} }, 'parseResponse must be a function'],
  ])('cannot have %j', (more, problem) => {
    expect(problemsOf({ ...definition, ...more }).filter((each) => each.startsWith(problem))).toHaveLength(1);
  });

  test.each<[string, unknown[]]>([
    ['numbers', [7, 7]],
    ['symbols', [Symbol('key'), Symbol('key')]],
    ['objects without a text', [Object.create(null), Object.create(null)]],
    ['nothing, twice', [undefined, undefined]],
    ['texts of an option, wrapped', [new String('name')]],
  ])('of names that are %s says what is wrong with the list, and no more', (_, names) => {
    const problem = (list: string) => `${list} must be a list of names, e.g. ['clientId', 'clientSecret']`;
    expect(problemsOf({ ...definition, credentials: names })).toEqual([problem('credentials')]);
    expect(problemsOf({ ...definition, tokenParams: names, perRequest: names })).toEqual([
      problem('tokenParams'),
      problem('perRequest'),
    ]);
  });

  test.each([
    'name',
    'baseURL',
    'tokenURL',
    'allowedOrigins',
    'allowInsecure',
    'tokenLifetimeMs',
    'http',
    'accounts',
    'maxTokenRequestsPerMinute',
  ])('cannot give `%s` another meaning', (name) => {
    const problem = [`"${name}" is an option of every account: choose another name`];
    expect(problemsOf({ ...definition, credentials: [name] })).toEqual(problem);
    expect(problemsOf({ ...definition, tokenParams: [name] })).toEqual(problem);
    expect(problemsOf({ ...definition, settings: { [name]: 'text' } })).toEqual(problem);
  });

  test.each([undefined, null, 7, 'acme', []])('cannot be %j', (given) => {
    expect(problemsOf(given).length).toBeGreaterThan(0);
  });

  test('tells all its problems at once', () => {
    expect(problemsOf({}).length).toBeGreaterThan(5);
  });
});

describe('the endpoints of an account', () => {
  const BASE = 'https://api.acme.test/v1';
  const api = (more: object) => defineTokenApi({ ...definition, ...more });

  test('are those of the definition', () => {
    expect(api({ baseURL: BASE }).endpoints({}, {})).toEqual({
      baseURL: BASE,
      tokenURLs: [`${BASE}/token`],
      furtherOrigins: [],
    });
    const elsewhere = {
      baseURL: BASE,
      tokenURL: 'https://login.acme.test/token',
      origins: ['https://files.acme.test'],
    };
    expect(api(elsewhere).endpoints({}, {})).toEqual({
      baseURL: BASE,
      tokenURLs: ['https://login.acme.test/token'],
      furtherOrigins: ['https://files.acme.test'],
    });
  });

  test('are its own where it says so', () => {
    const own = api({ baseURL: BASE, tokenURL: ['a', 'b'] }).endpoints({}, { baseURL: 'https://gateway.test/x/' });
    expect(own?.tokenURLs).toEqual(['https://gateway.test/x/a', 'https://gateway.test/x/b']);
    const said = api({ baseURL: BASE, tokenURL: ['a', 'b'] }).endpoints({}, { tokenURL: '/c' });
    expect(said).toMatchObject({ baseURL: BASE, tokenURLs: [`${BASE}/c`] });
  });

  test('name no place twice', () => {
    expect(api({ baseURL: BASE, tokenURL: ['a', '/a', `${BASE}/a`] }).endpoints({}, {})?.tokenURLs).toEqual([
      `${BASE}/a`,
    ]);
  });

  test('are none where a URL is missing that nothing documents', () => {
    expect(api({}).endpoints({}, {})).toBeUndefined();
    expect(api({}).endpoints({}, { baseURL: BASE })?.tokenURLs).toEqual([`${BASE}/token`]);
    expect(api({ baseURL: BASE, tokenURL: () => undefined }).endpoints({}, {})).toBeUndefined();
    expect(api({ baseURL: () => undefined }).endpoints({}, {})).toBeUndefined();
  });

  test('and its token’s life follow its settings', () => {
    const regional = defineTokenApi({
      ...definition,
      settings: { region: ['eu', 'us'] },
      baseURL: ({ region = 'eu' }) => `https://${region}.acme.test`,
      tokenURL: ({ region }, baseURL) => (region === 'us' ? `${baseURL}/us-token` : 'token'),
      origins: ({ region = 'eu' }) => [`https://files.${region}.acme.test`],
      lifetimeMs: ({ region }) => (region === 'us' ? 2 * HOUR : HOUR),
    });
    expect(regional.endpoints({ region: 'us' }, {})).toEqual({
      baseURL: 'https://us.acme.test',
      tokenURLs: ['https://us.acme.test/us-token'],
      furtherOrigins: ['https://files.us.acme.test'],
    });
    expect(regional.endpoints({}, {})?.baseURL).toBe('https://eu.acme.test');
    expect([regional.lifetimeMs({ region: 'us' }), regional.lifetimeMs({})]).toEqual([2 * HOUR, HOUR]);
  });
});

describe('what an API’s functions do', () => {
  const input = { url: 'https://acme.test/token', credentials: { id: 'me', key: 'k' }, tokenParams: {}, settings: {} };

  test('a request says who asks, unless it says so itself', () => {
    const headers = { Accept: 'text/plain' };
    const own = defineTokenApi({ ...definition, request: ({ url }) => ({ method: 'GET', url, headers }) });
    expect(defineTokenApi(definition).request(input).headers).toEqual({
      Accept: 'application/json',
      'User-Agent': `nestjs-auth-apis/${VERSION}`,
    });
    expect(own.request(input).headers).toEqual({ Accept: 'text/plain', 'User-Agent': `nestjs-auth-apis/${VERSION}` });
  });

  test('an answer that they choke on is none, and what they threw is not told', () => {
    const choking = defineTokenApi({
      ...definition,
      parseResponse: ({ json }) => ({ token: (json.data as { token: string }).token }),
      parseError: ({ json }) => ({ error: (json.reason as { text: string }).text }),
    });
    expect(choking.parseResponse(response(), {})).toBeUndefined();
    expect(choking.parseError(response())).toEqual({});
    expect(choking.parseResponse(response({ data: { token: 't' } }), {})).toEqual({ token: 't' });
    expect(choking.parseError(response({ reason: { text: 'no' } }))).toEqual({ error: 'no' });
  });

  test('nothing is read of an error where they do not say how', () => {
    expect(defineTokenApi(definition).parseError(response({ error: 'x' }))).toEqual({});
  });
});
