import type { Readable } from 'node:stream';
import type { AxiosRequestConfig } from 'axios';
import { SparkflyClient } from 'nestjs-auth-apis';
import { firstValueFrom } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { startApp } from '../../support/app.js';
import { expectNoSecret } from '../../support/leaks.js';
import { failureOf, sleep, until } from '../../support/outcome.js';
import { plainServer } from '../../support/plain-server.js';
import { uncaughtErrors } from '../../support/uncaught.js';
import { fakeSparkfly, sparkflyAccount } from '../../support/vendors.js';

/** How the answer ends that began well. */
interface Ending {
  readonly isCut?: boolean;
  /** What the call says, and what ends it then. */
  readonly config?: () => { readonly config: AxiosRequestConfig; readonly end?: () => void };
  readonly error: object;
}

/** As Node says it, and as axios leaves it. */
const error = { message: 'aborted', code: 'ECONNRESET' };

const cut: Ending = { isCut: true, error };
const timedOut: Ending = { config: () => ({ config: { timeout: 150 } }), error };
const aborted: Ending = {
  config: () => {
    const controller = new AbortController();
    return { config: { signal: controller.signal }, end: () => controller.abort() };
  },
  error: { name: 'CanceledError', code: 'ERR_CANCELED' },
};

/** With a failed call axios forgets its signal: the stream of its error is the reader's alone. */
const endings: [number, string, Ending][] = [
  [200, 'cut by the server', cut],
  [500, 'cut by the server', cut],
  [200, 'timed out', timedOut],
  [500, 'timed out', timedOut],
  [200, 'aborted by the caller', aborted],
];

/** An API that begins an answer and does not complete it, and a call of it. */
async function call(status: number, { isCut = false, config }: Ending) {
  const vendor = await fakeSparkfly();
  const api = await plainServer((_, response) => {
    response.writeHead(status, { 'Content-Length': 1_000 });
    response.write('beginning', () => isCut && setTimeout(() => response.destroy(), 30));
  });
  const account = sparkflyAccount(vendor, { baseURL: api.origin, tokenURL: vendor.tokenURL });
  const client = (await startApp({ prefetch: 'none', sparkfly: account })).get(SparkflyClient);
  await client.tokens.get();
  const said = config?.();
  const answer = client.get<Readable>('/file', { responseType: 'stream', ...said?.config });
  const secrets = () => [vendor.key, vendor.identity, ...vendor.tokensIssued];
  if (status >= 400) {
    const { response } = await failureOf(answer);
    return { data: response!.data as Readable, end: said?.end, secrets };
  }
  return { data: (await firstValueFrom(answer)).data, end: said?.end, secrets };
}

describe.each(endings)('a streamed answer of %i that is %s', (status, _, ending) => {
  test('harms nobody when nobody reads it', async () => {
    const uncaught = uncaughtErrors();
    const { data, end } = await call(status, ending);
    end?.();
    await until(() => data.destroyed);
    await sleep(50);
    expect(uncaught).toEqual([]);
  });

  test('fails who is reading it, with an error that shows no secret', async () => {
    const uncaught = uncaughtErrors();
    const { data, end, secrets } = await call(status, ending);
    const failure = failureOf(data.toArray());
    end?.();
    const failed = await failure;
    expect(failed).toMatchObject(ending.error);
    expectNoSecret(failed, secrets());
    await sleep(20);
    expect(uncaught).toEqual([]);
  });

  test('fails who reads it afterwards', async () => {
    const { data, end } = await call(status, ending);
    end?.();
    await until(() => data.destroyed);
    expect(await failureOf(data.toArray())).toMatchObject(ending.error);
  });

  test('tells those who listen for its error', async () => {
    const { data, end } = await call(status, ending);
    const told = new Promise((resolve) => data.once('error', resolve));
    end?.();
    expect(await told).toMatchObject(ending.error);
  });
});

test.each([0, 5])(
  'a refused one is let go when the caller will not wait for another token, with `maxRedirects: %i`',
  async (maxRedirects) => {
    const vendor = await fakeSparkfly();
    const api = await plainServer((_, response) => {
      response.writeHead(401, { 'Content-Length': 1_000 });
      response.write('beginning');
    });
    const account = sparkflyAccount(vendor, { baseURL: api.origin, tokenURL: vendor.tokenURL, http: { maxRedirects } });
    const client = (await startApp({ prefetch: 'none', sparkfly: account })).get(SparkflyClient);
    await client.tokens.get();
    vendor.failNext({ action: 'hang' });
    const error = await failureOf(client.get('/file', { responseType: 'stream', timeout: 150 }));
    expect(error.code).toBe('ECONNABORTED');
    await until(() => api.sockets.size === 0);
  },
);
