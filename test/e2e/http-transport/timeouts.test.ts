import axios from 'axios';
import { Agent } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { failureOf, sleep } from '../../support/outcome.js';
import type { Config, Make, More, Run, Script } from '../../support/axios-comparison.js';
import { comparison, inTurn, noting, ok, redirect } from '../../support/axios-comparison.js';

const TIMEOUT = 200;

const later =
  (ms: number, script: Script): Script =>
  (exchange) =>
    void setTimeout(() => script(exchange), ms);
const never: Script = () => {};

/** The head, and then nothing. */
const silent: Script = ({ response }) => {
  response.writeHead(200, { 'Content-Length': '10' });
  response.write('half');
};

/** A word every 50 ms, more often than a timeout would have it. */
const slow: Script = ({ response }) => {
  let words = 0;
  const talk = setInterval(() => (++words === 6 ? (clearInterval(talk), response.end()) : response.write('word')), 50);
  response.once('close', () => clearInterval(talk));
};

describe('timeout', () => {
  const slowness: [string, Script][] = [
    ['that nobody answers', never],
    ['that is redirected to where nobody answers', inTurn(redirect(302, '/to'), never)],
    ['of a chain that is slow only as a whole', later(120, redirect(302, '/to'))],
    [
      'that is answered by a protocol nobody asked for',
      ({ response }) =>
        void response.socket!.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
    ],
    ['that is answered in time', later(20, ok())],
    ['that is redirected in time', inTurn(later(20, redirect(302, '/to')), later(20, ok()))],
    ['whose body comes slowly, but comes', slow],
    ['that is redirected to a body that comes slowly', inTurn(redirect(302, '/to'), slow)],
    [
      'with hints but no answer',
      ({ response }) => {
        const talk = setInterval(() => response.writeEarlyHints({ link: '</a.css>; rel=preload' }), 40);
        response.once('close', () => clearInterval(talk));
      },
    ],
  ];
  test.each(slowness)('of a call %s is that of axios', async (_, script) => {
    const { same } = await comparison();
    for (const more of [{ method: 'post', data: 'd' }, { responseType: 'stream' }] satisfies Config[]) {
      await same((run) => ({ url: '/', timeout: TIMEOUT, beforeRedirect: noting(run), ...more }), script);
    }
  });

  test('of a streamed answer that falls silent cuts the stream', async () => {
    const { same } = await comparison();
    for (const script of [silent, inTurn(redirect(302, '/to'), silent)]) {
      const outcome = await same(() => ({ url: '/', timeout: TIMEOUT, responseType: 'stream' }), script);
      expect(outcome.answer).toMatchObject({ data: { cut: expect.any(String) as string } });
    }
  });

  test('of a buffered answer that falls silent is told as one', async () => {
    const { both } = await comparison();
    const { ours, theirs } = await both(() => ({ url: '/', timeout: TIMEOUT }), silent);
    expect(theirs.error?.message).toBe('stream has been aborted');
    expect(ours.error).toMatchObject({ code: 'ECONNABORTED', message: `timeout of ${TIMEOUT}ms exceeded` });
  });

  test('after a redirect it is told as axios tells it', async () => {
    const { same } = await comparison();
    await same(() => ({ url: '/', timeout: TIMEOUT }), inTurn(redirect(302, '/to'), silent));
  });

  test.each([
    { timeoutErrorMessage: 'too slow' },
    { transitional: { clarifyTimeoutError: true } },
    { timeoutErrorMessage: 'too slow', transitional: { clarifyTimeoutError: true } },
  ])('has the words and the code of %j', async (more) => {
    const { same } = await comparison();
    for (const script of [never, inTurn(later(50, redirect(302, '/to')), never)]) {
      await same(() => ({ url: '/', timeout: TIMEOUT, ...more }), script);
    }
  });

  test('is one for all hops', async () => {
    const { both } = await comparison();
    const times: number[] = [];
    const make: Make = ({ afterwards }) => {
      const startedAt = performance.now();
      afterwards(() => void times.push(performance.now() - startedAt));
      return { url: '/', timeout: 300 };
    };
    await both(make, later(120, redirect(302, '/to')));
    for (const each of times) {
      expect(each).toBeGreaterThan(280);
      expect(each).toBeLessThan(600);
    }
  });

  test.each([0, null, undefined, '', false])('of %j is none', async (timeout) => {
    const { same } = await comparison();
    await same(() => ({ url: '/', timeout: timeout as number }), later(50, ok()));
    await same(() => ({ url: '/', timeout: timeout as number }), inTurn(redirect(302, '/to'), later(50, ok())));
  });

  test.each(['150', '150ms', 150.7])('of %j counts', async (timeout) => {
    const { same } = await comparison();
    for (const script of [never, inTurn(redirect(302, '/to'), never)]) {
      const { error } = await same(() => ({ url: '/', timeout: timeout as never }), script);
      expect(error?.message).toBe(`timeout of ${timeout}ms exceeded`);
    }
  });

  test('begins before there is a connection', async () => {
    const { same } = await comparison();
    const lookup = (): void => {};
    const { error } = await same(() => ({ url: '/', timeout: TIMEOUT, lookup, baseURL: 'http://name.test' }), never);
    expect(error?.message).toBe(`timeout of ${TIMEOUT}ms exceeded`);
  });

  test('does not count the wait for one of an agent’s connections', async () => {
    const { same } = await comparison();
    const make: Make = () => {
      const httpAgent = new Agent({ keepAlive: true, maxSockets: 1 });
      onTestFinished(() => httpAgent.destroy());
      return { url: '/', timeout: 300, httpAgent };
    };
    await same(make, later(200, ok()), { calls: async (call) => (await Promise.all([call({}), call({})]))[1] });
  });

  test('of an earlier call does not end a later one on the same connection', async () => {
    const { same } = await comparison();
    const { requests } = await same(
      () => ({ url: '/' }),
      inTurn(ok(), later(400, ok()), later(400, ok()), redirect(302, '/to'), later(400, ok())),
      {
        patienceMs: 5_000,
        calls: async (call, { note }) => {
          for (const timeout of [100, 0, undefined, 0]) note((await call({ timeout })).status);
        },
      },
    );
    expect(requests.map(({ connection }) => connection)).toEqual([0, 0, 0, 0, 1]);
  });
});

type Stop = (run: Run) => { config: Config; stop: () => void };

const stops: [string, Stop][] = [
  [
    'signal',
    () => {
      const controller = new AbortController();
      return { config: { signal: controller.signal }, stop: () => controller.abort() };
    },
  ],
  [
    'signal with a reason',
    () => {
      const controller = new AbortController();
      return { config: { signal: controller.signal }, stop: () => controller.abort(new Error('mine')) };
    },
  ],
  [
    'cancelToken',
    () => {
      const source = axios.CancelToken.source();
      return { config: { cancelToken: source.token }, stop: () => source.cancel('enough') };
    },
  ],
];

describe.each(stops)('a %s', (_, make) => {
  test('that has fired ends a call before it begins', async () => {
    const { both } = await comparison();
    const { theirs, ours } = await both((run) => {
      const { config, stop } = make(run);
      stop();
      return { url: '/', ...config };
    }, ok());
    expect(ours.error).toEqual(theirs.error);
    expect(ours.requests).toEqual([]);
  });

  const moments: [string, (stop: () => void) => Script][] = [
    [
      'while nobody answers',
      (stop) => () => {
        setTimeout(stop, 20);
      },
    ],
    ['after a redirect', (stop) => inTurn(redirect(302, '/to'), () => void setTimeout(stop, 20))],
    [
      'with the redirect',
      (stop) =>
        inTurn((exchange) => {
          redirect(302, '/to')(exchange);
          stop();
        }, ok()),
    ],
    [
      'in the middle of a body',
      (stop) =>
        ({ response }) => {
          response.write('half');
          setTimeout(stop, 20);
        },
    ],
    [
      'in the middle of a body after a redirect',
      (stop) =>
        inTurn(redirect(302, '/to'), ({ response }) => {
          response.write('half');
          setTimeout(stop, 20);
        }),
    ],
  ];
  test.each(moments)('that fires %s ends it as in axios', async (__, scripted) => {
    const { same } = await comparison();
    for (const responseType of ['text', 'stream'] as const) {
      let stop = (): void => {};
      const start: Make = (run) => {
        const made = make(run);
        stop = made.stop;
        return { url: '/', method: 'put', data: 'd', responseType, timeout: 900, ...made.config };
      };
      await same(start, (exchange) => scripted(() => stop())(exchange));
    }
  });

  test('that fires in beforeRedirect ends it as in axios', async () => {
    const { same } = await comparison();
    const start: Make = (run) => {
      const { config, stop } = make(run);
      return { url: '/', beforeRedirect: () => stop(), ...config };
    };
    // What has begun goes on for a while, in axios too.
    const calls: More['calls'] = async (call) => {
      const error = await failureOf(call({}));
      await sleep(100);
      throw error;
    };
    const outcome = await same(start, inTurn(redirect(302, '/to'), redirect(302, '/then'), ok()), { calls });
    expect(outcome.error?.name).toBe('CanceledError');
  });

  test('that fires when all is over changes nothing', async () => {
    const { same } = await comparison();
    for (const script of [ok(), inTurn(redirect(302, '/to'), ok())]) {
      for (const responseType of ['text', 'stream'] as const) {
        let stop = (): void => {};
        const start: Make = (run) => {
          const made = make(run);
          stop = made.stop;
          return { url: '/', responseType, ...made.config };
        };
        await same(start, script, {
          calls: async (call) => {
            const answer = await call({});
            if (responseType === 'stream') for await (const chunk of answer.data as AsyncIterable<unknown>) void chunk;
            stop();
            await sleep(10);
          },
        });
      }
    }
  });
});
