import { Test } from '@nestjs/testing';
import type { AuthApisOptions, AuthApisOptionsError } from 'nestjs-auth-apis';
import { AuthApisModule } from 'nestjs-auth-apis';
import { describe, expect, test } from 'vitest';
import { everythingShown } from '../../support/leaks.js';
import { failureOf } from '../../support/outcome.js';

const boots: [string, (options: unknown) => Promise<unknown>][] = [
  [
    'forRoot',
    async (options) =>
      Test.createTestingModule({ imports: [AuthApisModule.forRoot(options as AuthApisOptions)] }).compile(),
  ],
  [
    'forRootAsync',
    async (options) => {
      const useFactory = async () => options as AuthApisOptions;
      return Test.createTestingModule({ imports: [AuthApisModule.forRootAsync({ useFactory })] }).compile();
    },
  ],
];

const problemsOf = async (options: unknown): Promise<readonly string[]> => {
  const error = await failureOf<AuthApisOptionsError>(boots[1]![1](options));
  expect(error).toMatchObject({ name: 'AuthApisOptionsError', code: 'INVALID_OPTIONS' });
  return error.problems;
};

describe.each(boots)('%s', (_, boot) => {
  test('tells all problems at once, each with its option and a remedy, none with its value', async () => {
    const error = await failureOf<AuthApisOptionsError>(
      boot({
        verbit: { apiKey: 'line\nbreak-secret', contract: 'v9-secret', baseURL: 'http://plain-secret.example' },
        sparkfly: [
          { identity: 'ключ-secret', key: 42_424_242, authScope: 'a\r\nb-secret' },
          { name: 'east', identity: undefined, key: ' outer-secret ', keey: 'misspelt-secret' },
          { name: 'east', identity: 'me', key: '' },
          { identity: 'me', key: null, environment: 'moon-secret', authMethod: 'PATCH-secret' },
        ],
        prefetch: 'sometimes-secret',
        tokenWaitTimeoutMs: -5,
        tokenRequestTimeoutMs: 'secret',
        refresh: { enabled: 'secret', aheadRatio: 7, aheadCapMs: Number.NaN, backoff: { maxMs: 0, most: 1 } },
        attachTo: [5],
        isUnauthorized: 401,
        prefetsch: 'misspelt-secret',
      }),
    );
    expect(error).toMatchObject({ name: 'AuthApisOptionsError', code: 'INVALID_OPTIONS', retryable: false });
    const options = error.problems.map((problem) => problem.split(' ')[0]);
    expect(new Set(options)).toEqual(
      new Set([
        'verbit.apiKey',
        'verbit.contract',
        'sparkfly[0].identity',
        'sparkfly[0].key',
        'sparkfly[0].authScope',
        'sparkfly[1].identity',
        'sparkfly[1].key',
        'sparkfly[1].keey',
        'sparkfly[2].key',
        'sparkfly[2].name',
        'sparkfly[3].key',
        'sparkfly[3].environment',
        'sparkfly[3].authMethod',
        'sparkfly[3].name',
        'prefetch',
        'tokenWaitTimeoutMs',
        'tokenRequestTimeoutMs',
        'refresh.enabled',
        'refresh.aheadRatio',
        'refresh.aheadCapMs',
        'refresh.backoff.maxMs',
        'refresh.backoff.most',
        'attachTo[0]',
        'isUnauthorized',
        'prefetsch',
        // Checked once the fields beside it are right, or at once: both are fine.
        ...options.filter((option) => option === 'verbit.baseURL'),
      ]),
    );
    expect(everythingShown(error)).not.toMatch(/-secret|42424242|ключ/);
    for (const problem of error.problems) expect(error.message).toContain(problem);
  });

  test.each([[null], ['text'], [[]], [undefined]])('refuses %j in place of options', async (options) => {
    expect(await failureOf(boot(options))).toMatchObject({ code: 'INVALID_OPTIONS' });
  });
});

test('the URL of a gateway with plain http is told in the same breath as a missing secret', async () => {
  const problems = await problemsOf({ verbit: { apiKey: undefined, baseURL: 'http://plain.example' } });
  expect(problems).toHaveLength(2);
});

test.each([
  ['http elsewhere', { baseURL: 'http://api.example.com' }, /verbit\.baseURL must be https.*allowInsecure/],
  ['no URL', { baseURL: 'api.example.com/v1' }, /verbit\.baseURL must be an absolute/],
  ['another scheme', { baseURL: 'ftp://api.example.com' }, /verbit\.baseURL must be an absolute/],
  ['user info', { baseURL: 'https://me:pw@api.example.com' }, /verbit\.baseURL must not contain a user name/],
  ['a query', { baseURL: 'https://api.example.com/?a=1' }, /verbit\.baseURL must not have a query/],
  ['an http token endpoint', { tokenURL: 'http://auth.example.com' }, /verbit\.tokenURL must be https/],
  ['a token endpoint at //host', { tokenURL: '//auth.example.com/auth' }, /verbit\.tokenURL must be an absolute/],
  [
    'an allowed origin with a path',
    { allowedOrigins: ['https://a.example/x'] },
    /verbit\.allowedOrigins\[0\] must be an origin/,
  ],
  [
    'an allowed origin with http',
    { allowedOrigins: ['https://a.example', 'http://b.example'] },
    /allowedOrigins\[1\] must be https/,
  ],
  ['a look-alike of this machine', { baseURL: 'http://127.0.0.1.evil.example' }, /verbit\.baseURL must be https/],
  ['a look-alike of localhost', { baseURL: 'http://localhost.evil.example' }, /verbit\.baseURL must be https/],
  ['no token endpoint', { contract: 'users', environment: 'sandbox' }, /verbit\.tokenURL is missing/],
  ['an immortal token', { tokenLifetimeMs: Infinity }, /verbit\.tokenLifetimeMs/],
  ['a dead token', { tokenLifetimeMs: -1 }, /verbit\.tokenLifetimeMs/],
  ['an empty name', { name: ' ' }, /verbit\.name must be a string/],
  ['no axios config', { http: 'text' }, /verbit\.http must be an object/],
])('an account with %s is refused, and told why', async (_, more, message) => {
  const problems = await problemsOf({ verbit: { apiKey: 'a-key', ...more } });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(message);
});

test.each([
  ['loopback by number', { baseURL: 'http://127.0.0.1:3000/v1' }],
  ['loopback by name', { baseURL: 'http://localhost:3000' }],
  ['loopback of IPv6', { baseURL: 'http://[::1]:3000' }],
  ['http where it is allowed', { baseURL: 'http://gateway.internal', allowInsecure: true }],
  ['a relative token endpoint', { tokenURL: '/v2/auth' }],
  [
    'an own token endpoint in the sandbox',
    { contract: 'users', environment: 'sandbox', tokenURL: 'https://a.example/auth' },
  ],
  ['a secret given as a function', { apiKey: () => 'later' }],
])('an account with %s is taken', async (_, more) => {
  const testing = await boots[1]![1]({ prefetch: 'none', verbit: { apiKey: 'a-key', ...more } });
  await (testing as { close(): Promise<void> }).close();
});

test.each([
  ['two unnamed accounts', [{}, {}], /verbit\[1\]\.name is missing/],
  ['a name used twice', [{ name: 'a' }, { name: 'a' }], /verbit\[1\]\.name is used twice/],
])('%s of one vendor are refused', async (_, names, message) => {
  const problems = await problemsOf({ verbit: names.map((name) => ({ apiKey: 'a-key', ...name })) });
  expect(problems).toEqual([expect.stringMatching(message)]);
});

test('forRootAsync takes exactly one of useFactory, useClass, useExisting', () => {
  expect(() => AuthApisModule.forRootAsync({})).toThrow(/one of useFactory, useClass, useExisting/);
  const useFactory = (): AuthApisOptions => ({});
  expect(() => AuthApisModule.forRootAsync({ useFactory, useExisting: 'x' })).toThrow(/and no more/);
});

test.each([
  ['a clock that is none', { clock: {} }, /^clock must be a Clock/],
  [
    'a base URL within http',
    { verbit: { apiKey: 'k', http: { baseURL: 'https://x.test' } } },
    /^verbit\.http must not have/,
  ],
  ['isGlobal from a factory, which comes too late', { isGlobal: true }, /^isGlobal is not an option/],
])('%s is refused', async (_, options, problem) => {
  expect(await problemsOf(options)).toEqual([expect.stringMatching(problem)]);
});

test.each([undefined, null, 'text', {}])('forRootAsync(%j) tells what it takes', (options) => {
  expect(() => AuthApisModule.forRootAsync(options as never)).toThrow(/The options of AuthApisModule.forRootAsync/);
});

test.each(['https:/evil.example/auth', 'users.verbit.co/api/v1/auth', 'auth?api_token=x', '//host/auth'])(
  'tokenURL %j is neither an absolute URL nor a path, and refused',
  async (tokenURL) => {
    expect(await problemsOf({ verbit: { apiKey: 'k', tokenURL } })).toEqual([
      expect.stringMatching(/^verbit\.tokenURL /),
    ]);
  },
);

test('an options factory without its method is named', async () => {
  class Nothing {}
  const module = AuthApisModule.forRootAsync({ useClass: Nothing as never });
  const boot = Test.createTestingModule({ imports: [module] }).compile();
  expect((await failureOf<AuthApisOptionsError>(boot)).message).toContain(
    'Nothing must have a method createAuthApisOptions()',
  );
});
