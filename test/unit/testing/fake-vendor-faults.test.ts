// Covers `lib/testing/vendor`: scripted faults.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FakeFault } from '../../../lib/testing/index.js';
import { issue, startSparkfly, startVerbit, type Driver } from './vendors.helper.js';
import { parse, sleep, timed } from './wire.helper.js';

describe.each([
  {
    name: 'FakeVerbit',
    boot: startVerbit,
    internal: { errors: [{ code: '500', type: 'internal', message: 'Something went wrong. Please contact support.' }] },
    denied: { errors: [{ code: '401', type: 'unauthorized' }] },
    refused: { errors: [{ code: '401', type: 'unauthorized' }] },
  },
  {
    name: 'FakeSparkfly',
    boot: startSparkfly,
    internal: { error: 'Internal Server Error' },
    denied: { error: 'Invalid credentials' },
    refused: { error: 'Invalid token' },
  },
])('a scripted fault of $name', ({ boot, internal, denied, refused }) => {
  let driver: Driver;
  let token: string;
  const script = (...faults: FakeFault[]): void => faults.forEach((fault) => driver.vendor.failNext(fault));
  const authStatus = async (): Promise<number> => (await driver.askForToken()).status;
  const apiStatus = async (): Promise<number> => (await driver.call(token)).status;

  beforeEach(async () => {
    driver = await boot();
    token = await issue(driver);
    driver.vendor.reset();
  });
  afterEach(() => driver.vendor.close());

  it("is the vendor's own 500 for one token request, by default", async () => {
    driver.vendor.failNext();
    expect(await apiStatus()).toBe(200);
    const reply = await driver.askForToken();
    expect([reply.status, reply.headers['content-type']]).toEqual([500, 'application/json']);
    expect(parse(reply)).toMatchObject(internal);
    expect(await authStatus()).toBe(driver.okStatus);
    expect(driver.vendor.counters).toMatchObject({ tokenRequests: 2, tokensIssued: 1, tokenRequestsDenied: 0 });
  });

  it('answers the status, headers and body it was given', async () => {
    script({ status: 429, headers: { 'Retry-After': '7' }, body: { slow: 'down' } });
    const reply = await driver.askForToken();
    expect([reply.status, reply.headers['retry-after'], parse(reply)]).toEqual([429, '7', { slow: 'down' }]);
    expect(driver.vendor.requests[0]?.status).toBe(429);
    expect(driver.vendor.counters.tokenRequestsDenied).toBe(1);
  });

  it("keeps the vendor's words for a status without a body", async () => {
    script({ status: 401 }, { on: 'api', status: 401 });
    expect(parse(await driver.askForToken())).toMatchObject(denied);
    expect(parse(await driver.call(token))).toMatchObject(refused);
  });

  it('sends strings and bytes as they are, an empty string as no body', async () => {
    script(
      { status: 200, body: '{"broken' },
      { status: 502, body: '<html>', headers: { 'content-type': 'text/html' } },
      { status: 200, body: Buffer.from('bytes') },
      { status: 401, body: '' },
    );
    const replies = [];
    for (let at = 0; at < 4; at += 1) replies.push(await driver.askForToken());
    expect(replies.map(({ text }) => text)).toEqual(['{"broken', '<html>', 'bytes', '']);
    expect(replies[1]?.headers['content-type']).toBe('text/html');
    expect(replies[3]?.headers).toMatchObject({ 'content-length': '0' });
    expect(replies[3]?.headers['content-type']).toBeUndefined();
  });

  it('can redirect, without a body', async () => {
    script({ on: 'api', status: 302, headers: { Location: 'http://127.0.0.1:1/' } });
    const reply = await driver.call(token);
    expect([reply.status, reply.headers['location'], reply.text]).toEqual([302, 'http://127.0.0.1:1/', '']);
  });

  it('can lie about the date', async () => {
    script({ status: 503, headers: { date: 'Thu, 01 Jan 1970 00:00:00 GMT' } });
    expect((await driver.askForToken()).headers['date']).toBe('Thu, 01 Jan 1970 00:00:00 GMT');
  });

  it('waits its turn among those of its kind, and does not mind the other kind', async () => {
    script({ status: 503, times: 2 }, { on: 'api', status: 500 }, { status: 400 });
    expect([await authStatus(), await authStatus(), await authStatus()]).toEqual([503, 503, 400]);
    expect(await authStatus()).toBe(driver.okStatus);
    expect([await apiStatus(), await apiStatus()]).toEqual([500, 200]);
  });

  it('never meets a request to nowhere', async () => {
    script({ on: 'api', status: 500 });
    expect((await driver.call(token, '/nothing')).status).toBe(404);
    expect(await apiStatus()).toBe(500);
  });

  it('lasts until reset() when its times are infinite', async () => {
    script({ status: 503, times: Infinity });
    expect([await authStatus(), await authStatus(), await authStatus()]).toEqual([503, 503, 503]);
    driver.vendor.reset();
    expect(await authStatus()).toBe(driver.okStatus);
  });

  it('is not changed by what the caller does to its object afterwards', async () => {
    const fault = { status: 503 };
    script(fault);
    fault.status = 200;
    expect(await authStatus()).toBe(503);
  });

  it('waits its own delay on top of the latency', async () => {
    driver.vendor.setLatency(60);
    script({ status: 503, delayMs: 60 });
    expect(await timed(() => driver.askForToken())).toBeGreaterThan(115);
  });

  it('can reset the connection after the request was read', async () => {
    script({ action: 'reset' });
    await expect(driver.askForToken()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(driver.vendor.requests).toMatchObject([{ kind: 'token', status: undefined }]);
    expect(driver.vendor.counters).toMatchObject({ tokenRequests: 1, tokensIssued: 0 });
    expect(await authStatus()).toBe(driver.okStatus);
  });

  it('can leave the request hanging', async () => {
    script({ on: 'api', action: 'hang' });
    const answered = driver.call(token).then(
      () => 'answered',
      () => 'cut',
    );
    expect(await Promise.race([answered, sleep(100)])).toBeUndefined();
    expect(driver.vendor.requests[0]?.status).toBeUndefined();
    expect(await apiStatus()).toBe(200);
    await driver.vendor.close();
    expect(await answered).toBe('cut');
  });

  it('can cut the answer short after its headers and the start of its body', async () => {
    script({ on: 'api', action: 'truncate', body: '{"a":1' }, { action: 'truncate' });
    const response = await fetch(`${driver.vendor.baseURL}/echo`);
    expect([response.status, response.headers.get('content-length')]).toEqual([200, String(6 + 64)]);
    await expect(response.text()).rejects.toThrow(TypeError);
    expect(driver.vendor.requests[0]?.status).toBe(200);
    await expect(driver.askForToken()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(driver.vendor.counters.tokensIssued).toBe(0);
  });

  it("refuses the next API calls with the vendor's 401 although the token is good, and stays so", async () => {
    driver.vendor.rejectNext();
    expect(parse(await driver.call(token))).toMatchObject(refused);
    expect(await apiStatus()).toBe(200);
    driver.vendor.rejectNext(2);
    driver.vendor.rejectNext(0);
    expect([await apiStatus(), await apiStatus(), await apiStatus()]).toEqual([401, 401, 200]);
    expect(driver.vendor.counters).toMatchObject({ apiRequests: 5, apiUnauthorized: 3 });
  });
});
