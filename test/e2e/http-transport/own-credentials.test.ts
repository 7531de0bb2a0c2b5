import type { InternalAxiosRequestConfig } from 'axios';
import { describe, expect, test } from 'vitest';
import { plainServer } from '../../support/plain-server.js';
import { failureOf } from '../../support/outcome.js';
import type { Config, Make, More, Script } from '../../support/axios-comparison.js';
import { comparison, inTurn, noting, ok, redirect, TOKEN } from '../../support/axios-comparison.js';

const own: Config = { headers: { [TOKEN.header]: 'mine' } };
const refusal: Script = ({ response }) => void response.writeHead(503).end();

/** As axios-retry does: the same config once more. */
const againAfterFailure: More['calls'] = async (call) => {
  const { config } = await failureOf(call({}));
  return call(config as InternalAxiosRequestConfig);
};

describe('a call with the caller’s own token', () => {
  test('is redirected, answered and told as by axios', async () => {
    const { same } = await comparison();
    for (const responseType of ['text', 'stream'] as const) {
      const make: Make = (run) => ({ ...own, url: '/', responseType, beforeRedirect: noting(run) });
      await same(make, ok());
      await same(make, inTurn(redirect(307, '/to'), redirect(302, '/then'), ok()));
      await same(make, redirect(307, '/for-ever'));
      await same(make, refusal);
    }
  });

  test('leaves it behind at another origin', async () => {
    const elsewhere = await plainServer();
    const { both } = await comparison();
    await both(() => ({ ...own, url: '/' }), redirect(302, elsewhere.origin));
    expect(elsewhere.requests).toHaveLength(2);
    for (const { headers } of elsewhere.requests) expect(headers).not.toHaveProperty(TOKEN.header.toLowerCase());
  });

  test.each(['timeout', 'abort'])('ends by %s as in axios', async (how) => {
    const { both } = await comparison();
    for (const script of [() => {}, inTurn(redirect(302, '/to'), () => {})] satisfies Script[]) {
      const make: Make = () => ({
        ...own,
        url: '/',
        ...(how === 'timeout' ? { timeout: 100 } : { signal: AbortSignal.timeout(50) }),
      });
      const { theirs, ours } = await both(make, script);
      expect(ours).toEqual(theirs);
    }
  });

  test('that failed can be made again with the config of its error, and is redirected then', async () => {
    const { both } = await comparison();
    const script = inTurn(refusal, redirect(302, '/to'), ok());
    const { theirs, ours } = await both(() => ({ ...own, url: '/from' }), script, { calls: againAfterFailure });
    expect(theirs.answer).toMatchObject({ status: 200 });
    expect(ours.answer).toMatchObject({ status: 200 });
  });

  test('that failed after a redirect can be made again from its beginning', async () => {
    const { both } = await comparison();
    const script = inTurn(redirect(302, '/to'), refusal, redirect(302, '/elsewhere'), ok());
    const { theirs, ours } = await both(() => ({ ...own, url: '/from' }), script, { calls: againAfterFailure });
    const urls = ['/from', '/to', '/from', '/elsewhere'];
    expect(theirs.requests.map(({ url }) => url)).toEqual(urls);
    expect(ours.requests.map(({ url }) => url)).toEqual(urls);
  });

  test('has the whole timeout again when it is made again', async () => {
    const { both } = await comparison();
    const script: Script = (exchange) =>
      void setTimeout(() => (exchange.index % 2 ? refusal : redirect(302, '/to'))(exchange), 100);
    const { ours } = await both(() => ({ ...own, url: '/from', timeout: 350 }), script, {
      calls: async (call, { note }) => {
        const { config } = await failureOf(call({}));
        note(config?.timeout);
      },
    });
    expect(ours.notes).toEqual([[350]]);
  });
});

test('a call with our token that failed can be made again with the config of its error', async () => {
  const { same } = await comparison();
  const scripts = [
    inTurn(refusal, redirect(302, '/to'), ok()),
    inTurn(redirect(302, '/to'), refusal, redirect(302, '/elsewhere'), ok()),
    inTurn(redirect(302, '/to'), ({ request }) => request.socket.destroy(), redirect(302, '/elsewhere'), ok()),
  ];
  for (const script of scripts) {
    const { requests } = await same(() => ({ url: '/from' }), script, {
      calls: againAfterFailure,
      blur: (outcome) => outcome.replaceAll(/"connection":\d/g, '"connection":0'),
    });
    expect(requests.filter(({ url }) => url === '/from')).toHaveLength(2);
  }
});
