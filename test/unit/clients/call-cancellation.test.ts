import axios from 'axios';
import { describe, expect, test, vi } from 'vitest';
import { CallCancellation } from '../../../lib/clients/call-cancellation.js';

const setUp = () => new CallCancellation(axios.CancelToken);

describe("does what axios's own token does", () => {
  test.each([
    ['axios', () => axios.CancelToken.source()],
    [
      'ours',
      () => {
        const token = setUp();
        return { token, cancel: () => token.cancel() };
      },
    ],
  ] as const)('%s', async (_, make) => {
    const { token, cancel } = make();
    const [early, left, late] = [vi.fn(), vi.fn(), vi.fn()];
    token.subscribe(early);
    token.subscribe(left);
    token.unsubscribe(left);
    const signal = token.toAbortSignal();
    const promised = token.promise;
    expect(token.reason).toBeUndefined();
    expect(() => token.throwIfRequested()).not.toThrow();

    cancel();
    cancel();
    const reason = await promised;
    token.subscribe(late);

    expect(axios.isCancel(reason)).toBe(true);
    expect(reason).toMatchObject({ code: 'ERR_CANCELED', message: 'canceled' });
    expect(token.reason).toBe(reason);
    expect(signal).toMatchObject({ aborted: true, reason });
    expect([early.mock.calls, left.mock.calls, late.mock.calls]).toEqual([[[reason]], [], [[reason]]]);
    expect(() => token.throwIfRequested()).toThrow(reason);
  });
});

test('who asks for the promise too late is told as well', async () => {
  const token = setUp();
  token.cancel();
  expect(await token.promise).toBe(token.reason);
});
