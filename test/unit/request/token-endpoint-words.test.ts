// Covers `lib/request/token-endpoint.ts`: the messages of errors.
import type { SecretInput } from 'nestjs-auth-apis';
import { TokenEndpointError } from 'nestjs-auth-apis';
import { describe, expect, test } from 'vitest';
import { HttpTokenSource } from '../../../lib/request/http-token.source.js';
import type { TokenRequest } from '../../../lib/vendors/token-api.definition.js';
import { endpointOf } from '../../support/site.js';
import type { RawResponse } from '../../support/token-request.js';
import { credentialsOf, quiet, verbitApi } from '../../support/token-request.js';
import { errorOf } from '../../support/token-source.js';

const FIRST = 'https://vendor.test/v1.0/auth';
const SECOND = 'https://vendor.test/auth';
const granted: RawResponse = { status: 204, headers: { 'x-auth-token': 'f00' }, body: '' };
const status = (code: number, body = ''): RawResponse => ({ status: code, headers: {}, body });

/** A transport that answers by script, the last answer for good. */
function script(answers: (RawResponse | Error)[]) {
  const requests: TokenRequest[] = [];
  const transport = async (request: TokenRequest): Promise<RawResponse> => {
    requests.push(request);
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { requests, transport };
}

function setUpSparkfly(
  answers: (RawResponse | Error)[],
  tokenURLs = [FIRST],
  key: NonNullable<SecretInput> = 'e5cret',
) {
  const { requests, transport } = script(answers);
  const account = credentialsOf({ api: 'sparkfly', account: 'east' }, { identity: 'me', key });
  const endpoint = endpointOf({ tokenURLs }, transport);
  return {
    endpoint,
    account,
    ask: () => endpoint.exchange(account, {}, quiet()),
    urls: () => requests.map(({ url }) => url),
  };
}

async function errorOfVerbit(body: object): Promise<TokenEndpointError> {
  const account = credentialsOf({ api: 'verbit', account: 'default' }, { apiKey: 'e5cret' });
  const { transport } = script([status(401, JSON.stringify(body))]);
  const endpoint = endpointOf({ api: verbitApi }, transport);
  return errorOf<TokenEndpointError>(endpoint.exchange(account, {}, quiet()));
}

const wordsOfVerbit = async (body: object): Promise<string> => (await errorOfVerbit(body)).message;

describe('an error of the token endpoint reads', () => {
  const wordsAfter = async (answer: RawResponse | Error): Promise<string> =>
    (await errorOf(setUpSparkfly([answer]).ask())).message;

  test('as the network said it, with a code and without', async () => {
    const reset = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    const prefix = 'sparkfly "east": no answer from POST vendor.test/v1.0/auth';
    expect(await wordsAfter(reset)).toBe(`${prefix} (ECONNRESET: socket hang up)`);
    expect(await wordsAfter(new Error('socket hang up'))).toBe(`${prefix} (socket hang up)`);
  });

  test('as the status alone when the vendor said no more', async () => {
    expect(await wordsAfter(status(500))).toBe('sparkfly "east": POST vendor.test/v1.0/auth answered 500');
  });

  test('as a success that brought no token', async () => {
    const words = 'sparkfly "east": POST vendor.test/v1.0/auth answered 204 without a usable token';
    expect(await wordsAfter(status(204))).toBe(words);
  });

  test('with all that Verbit said', async () => {
    const errors = [{ type: 'Unauthorized', message: 'wrong key' }, { message: 'ask support' }];
    expect(await wordsOfVerbit({ errors, tracing_id: 't1' })).toBe(
      'verbit: POST vendor.test/auth answered 401 (Unauthorized: wrong key; ask support) [tracing id t1]',
    );
    expect(await wordsOfVerbit({ tracing_id: 't1' })).toBe(
      'verbit: POST vendor.test/auth answered 401 [tracing id t1]',
    );
  });

  test('with both paths when neither is right', async () => {
    const { message } = await errorOf(setUpSparkfly([status(404)], [FIRST, SECOND]).ask());
    expect(message).toBe(
      'sparkfly "east": POST vendor.test/v1.0/auth answered 404, POST vendor.test/auth answered 404',
    );
  });
});

test('what a vendor says is told in one line, and at no great length', async () => {
  const errors = Array.from({ length: 12 }, () => ({
    message: `${'x'.repeat(400)}\u001b[31m\r\n\u2028\u202e${'y'.repeat(400)}`,
  }));
  const error = await errorOfVerbit({ errors });
  expect(error.errors).toHaveLength(10);
  expect(error.errors![0]!.message).toBe(`${'x'.repeat(400)} [31m ${'y'.repeat(90)}…`);
  expect(error.message).toBe(`verbit: POST vendor.test/auth answered 401 (${error.errors![0]!.message};…)`);
});

describe('of two paths', () => {
  test('the first is asked first again after neither was right', async () => {
    const { ask, urls } = setUpSparkfly([status(404), status(404), granted], [FIRST, SECOND]);
    await errorOf(ask());
    await ask();
    expect(urls()).toEqual([FIRST, SECOND, FIRST]);
  });

  test('the other is asked when the one that was right is gone, each once', async () => {
    const answers = [status(404), granted, status(404), granted, status(405), status(404)];
    const { ask, urls } = setUpSparkfly(answers, [FIRST, SECOND]);
    await ask();
    await ask();
    await errorOf(ask());
    expect(urls()).toEqual([FIRST, SECOND, SECOND, FIRST, FIRST, SECOND]);
  });
});

test('a status of 300 is no success, even with a token', async () => {
  const error = await errorOf(setUpSparkfly([{ ...granted, status: 300 }]).ask());
  expect(error).toBeInstanceOf(TokenEndpointError);
});

describe('a secret function that throws', () => {
  const thrown = (error: unknown) => async (): Promise<string> => {
    throw error;
  };
  const withCode = (code: unknown): Error => Object.assign(new TypeError('e5cret'), { code });

  test.each([
    ['an error with a system code', withCode('ENOENT'), 'threw TypeError (ENOENT)'],
    ['an error with a code of more words', withCode('ERR_VAULT_AWAY'), 'threw TypeError (ERR_VAULT_AWAY)'],
    ['an error whose code is of another kind', withCode(['ENOENT']), 'threw TypeError'],
    ['an error whose code ends in something else', withCode('ENOENT e5cret'), 'threw TypeError'],
    ['an error whose code begins with something else', withCode('e5cret ENOENT'), 'threw TypeError'],
    ['an error without a code', new RangeError('e5cret'), 'threw RangeError'],
    ['no error', 'e5cret', 'threw something that is not an Error'],
  ])('%s is told by name, system code and place alone', async (_, error, words) => {
    const { message } = await errorOf(setUpSparkfly([granted], [FIRST], thrown(error)).ask());
    const place = error instanceof Error ? ' at test/unit/request/token-endpoint-words.test.ts' : '';
    expect(message.replace(/:\d+$/, '')).toBe(`sparkfly "east": the function given as \`key\` ${words}${place}`);
  });
});

test('the token source over HTTP tells whether the credentials have changed', async () => {
  let key = 'one';
  const { endpoint, account } = setUpSparkfly([status(401)], [FIRST], () => key);
  const source = new HttpTokenSource(endpoint, account);
  await errorOf(source.fetch(quiet()));
  expect(await source.credentialsChanged!(quiet())).toBe(false);
  key = 'two';
  expect(await source.credentialsChanged!(quiet())).toBe(true);
});
