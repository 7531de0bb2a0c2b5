// Covers `lib/testing/vendor`: start, counters, tokens and stop.
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock, type FakeVendorOptions } from '../../../lib/testing/index.js';
import { issue, startSparkfly, startVerbit, type Driver } from './vendors.helper.js';
import { ask, parse, sleep, timed } from './wire.helper.js';

const START = Date.parse('2030-01-02T03:04:05.000Z');

const pendingTimers = (): number => process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;

/** Timers may fire a hair early by another clock. */
const SLACK_MS = 5;

describe.each([
  { name: 'FakeVerbit', boot: startVerbit, lifetimeMs: 3_600_000 },
  { name: 'FakeSparkfly', boot: startSparkfly, lifetimeMs: 86_400_000 },
])('$name', ({ boot, lifetimeMs }) => {
  let clock: ManualClock;
  let driver: Driver;
  const start = async (options: FakeVendorOptions = {}): Promise<void> => {
    await driver.vendor.close();
    driver = await boot({ clock, ...options });
  };
  const statusOf = async (token: string): Promise<number> => (await driver.call(token)).status;

  beforeEach(async () => {
    clock = new ManualClock(START);
    driver = await boot({ clock });
  });
  afterEach(() => driver.vendor.close());

  describe('tokens', () => {
    it('live as long as documented, to the millisecond', async () => {
      const token = await issue(driver);
      await clock.advance(lifetimeMs - 1);
      expect(await statusOf(token)).toBe(200);
      await clock.advance(1);
      expect(await statusOf(token)).toBe(401);
    });

    it('live as long as told', async () => {
      await start({ tokenLifetimeMs: 300 });
      const token = await issue(driver);
      await clock.advance(299);
      expect(await statusOf(token)).toBe(200);
      await clock.advance(1);
      expect(await statusOf(token)).toBe(401);
    });

    it('live as long as told later, while those issued before keep theirs', async () => {
      const before = await issue(driver);
      driver.vendor.setTokenLifetime(100);
      const after = await issue(driver);
      await clock.advance(100);
      expect([await statusOf(before), await statusOf(after)]).toEqual([200, 401]);
    });

    it('follow the machine when no clock is given', async () => {
      await start({ clock: undefined, tokenLifetimeMs: 150 });
      const token = await issue(driver);
      expect(await statusOf(token)).toBe(200);
      await sleep(200);
      expect(await statusOf(token)).toBe(401);
    });

    it('can all be expired at once; later ones are good, and a clock stepped back revives none', async () => {
      const [first, second] = [await issue(driver), await issue(driver)];
      driver.vendor.expireTokens();
      expect(driver.vendor.tokenDetails(first)?.expiresAt).toBe(START);
      expect([await statusOf(first), await statusOf(second)]).toEqual([401, 401]);
      expect(await statusOf(await issue(driver))).toBe(200);
      clock.jumpWall(-60_000);
      expect(await statusOf(first)).toBe(401);
    });

    it('can all be revoked at once, long before their time; later ones are good', async () => {
      const token = await issue(driver);
      driver.vendor.revokeTokens();
      expect(driver.vendor.tokenDetails(token)?.expiresAt).toBe(START + lifetimeMs);
      expect(await statusOf(token)).toBe(401);
      expect(await statusOf(await issue(driver))).toBe(200);
    });

    it('are handed out again while they live, when told to repeat', async () => {
      driver.vendor.repeatToken(true);
      const token = await issue(driver);
      await clock.advance(lifetimeMs - 1);
      expect(await issue(driver)).toBe(token);
      await clock.advance(1);
      const next = await issue(driver);
      expect(next).not.toBe(token);
      driver.vendor.revokeTokens();
      expect(await issue(driver)).not.toBe(next);
      driver.vendor.repeatToken(false);
      expect(new Set([await issue(driver), await issue(driver)]).size).toBe(2);
      expect(driver.vendor.counters).toMatchObject({ tokenRequests: 6, tokensIssued: 5 });
    });

    it('are listed in the order they were issued', async () => {
      const tokens = [await issue(driver), await issue(driver)];
      expect(driver.vendor.tokensIssued).toEqual(tokens);
    });

    it('are sold for the new key alone after a rotation; those of the old one stay good', async () => {
      const token = await issue(driver);
      const { vendor } = driver;
      const acceptedKey = (): string => ('apiKey' in vendor ? vendor.apiKey : vendor.key);
      const oldKey = acceptedKey();
      vendor.rotateKey('new-key');
      expect(acceptedKey()).toBe('new-key');
      expect((await driver.askForToken(oldKey)).status).toBe(401);
      expect((await driver.askForToken('new-key')).status).toBe(driver.okStatus);
      vendor.rotateKey(['third', 'fourth']);
      expect((await driver.askForToken('new-key')).status).toBe(401);
      expect((await driver.askForToken('fourth')).status).toBe(driver.okStatus);
      expect(await statusOf(token)).toBe(200);
    });
  });

  describe('counters and log', () => {
    it('count what arrives and what is refused', async () => {
      const token = await issue(driver);
      await driver.call(token);
      await driver.call('wrong');
      await driver.call(undefined);
      await driver.call(token, '/nothing');
      await ask(driver.vendor.tokenURL, { method: 'DELETE' });
      expect(driver.vendor.counters).toEqual({
        tokenRequests: 2,
        tokensIssued: 1,
        tokenRequestsDenied: 1,
        apiRequests: 3,
        apiUnauthorized: 2,
      });
    });

    it('are snapshots that cannot be written to', async () => {
      const before = driver.vendor.counters;
      await issue(driver);
      expect(before.tokenRequests).toBe(0);
      expect(Object.isFrozen(before)).toBe(true);
    });

    it('hold each request as it came', async () => {
      const token = await issue(driver);
      clock.jumpWall(1_000);
      await ask(`${driver.vendor.baseURL}/echo?a=1&a=2&b=c%20d`, {
        method: 'PUT',
        headers: { 'X-Custom': 'as is', 'X-Auth-Token': token, 'Content-Type': 'text/plain' },
        body: 'grüße',
      });
      const entry = driver.vendor.requests[1];
      expect(entry).toMatchObject({
        at: START + 1_000,
        method: 'PUT',
        path: `${new URL(driver.vendor.baseURL).pathname}/echo`,
        query: { a: ['1', '2'], b: 'c d' },
        httpVersion: '1.1',
        headers: { 'x-auth-token': token, 'content-type': 'text/plain' },
        body: 'grüße',
        kind: 'api',
      });
      expect(entry?.rawHeaders).toEqual(expect.arrayContaining(['X-Custom', 'X-Auth-Token', token]));
      expect(driver.vendor.requests.map(({ kind }) => kind)).toEqual(['token', 'api']);
    });

    it('know the status once it is answered, and count the request before', async () => {
      driver.vendor.setLatency(80);
      const pending = driver.call('wrong');
      await expect.poll(() => driver.vendor.requests.length).toBe(1);
      expect(driver.vendor.requests[0]?.status).toBeUndefined();
      expect(driver.vendor.counters).toMatchObject({ apiRequests: 1, apiUnauthorized: 0 });
      await pending;
      expect(driver.vendor.requests[0]?.status).toBe(401);
    });

    it('are cleared by reset(), with the scripted faults; tokens stay', async () => {
      const token = await issue(driver);
      driver.vendor.failNext();
      driver.vendor.rejectNext();
      driver.vendor.reset();
      expect(driver.vendor.requests).toEqual([]);
      expect(Object.values(driver.vendor.counters)).toEqual([0, 0, 0, 0, 0]);
      expect(driver.vendor.tokensIssued).toEqual([token]);
      expect(await statusOf(token)).toBe(200);
      await issue(driver);
      expect(driver.vendor.counters).toMatchObject({ tokenRequests: 1, tokensIssued: 1, apiRequests: 1 });
    });
  });

  describe('time', () => {
    it('stands in the Date header of every answer', async () => {
      clock.jumpWall(61_000);
      const replies = [await driver.askForToken(), await driver.call('wrong'), await driver.call('', '/nothing')];
      for (const reply of replies) {
        expect(reply.rawHeaders).toContain('Date');
        expect(reply.headers['date']).toBe('Wed, 02 Jan 2030 03:05:06 GMT');
      }
    });

    it('passes for real before every answer when there is latency', async () => {
      await start({ latencyMs: 200 });
      expect(await timed(() => driver.askForToken())).toBeGreaterThan(200 - SLACK_MS);
      expect(await timed(() => driver.call('wrong'))).toBeGreaterThan(200 - SLACK_MS);
      expect(await timed(() => driver.call('', '/nothing'))).toBeGreaterThan(200 - SLACK_MS);
      driver.vendor.setLatency(0);
      expect(await timed(() => driver.askForToken())).toBeLessThan(150);
    });

    it('passes before token answers alone when so told, whatever the latency becomes', async () => {
      await start({ tokenLatencyMs: 300 });
      expect(await timed(() => driver.call('wrong'))).toBeLessThan(250);
      driver.vendor.setLatency(1);
      expect(await timed(() => driver.askForToken())).toBeGreaterThan(300 - SLACK_MS);
    });

    it('may be none before token answers while the others wait', async () => {
      await start({ tokenLatencyMs: 0, latencyMs: 300 });
      expect(await timed(() => driver.askForToken())).toBeLessThan(250);
      expect(await timed(() => driver.call('wrong'))).toBeGreaterThan(300 - SLACK_MS);
    });

    it('counts while an answer waits: a token revoked meanwhile is refused', async () => {
      const token = await issue(driver);
      driver.vendor.setLatency(60);
      const pending = driver.call(token);
      await expect.poll(() => driver.vendor.requests.length).toBe(2);
      driver.vendor.revokeTokens();
      expect((await pending).status).toBe(401);
    });
  });

  describe('echo', () => {
    it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])(
      'sends back what a %s brought, bytes and all',
      async (method) => {
        const token = await issue(driver);
        const body = method === 'GET' ? new Uint8Array() : Uint8Array.of(0x67, 0xc3, 0xbc, 0xff);
        const reply = await ask(`${driver.vendor.baseURL}/echo?q=1`, {
          method,
          headers: { Authorization: `Bearer ${token}`, 'X-Auth-Token': token, 'Content-Length': body.length },
          body,
        });
        expect(reply.status).toBe(200);
        expect(parse(reply)).toEqual({
          method,
          path: `${new URL(driver.vendor.baseURL).pathname}/echo`,
          query: { q: '1' },
          headers: expect.objectContaining({ 'x-auth-token': token }),
          body: Buffer.from(body).toString('utf8'),
          bodyBase64: Buffer.from(body).toString('base64'),
        });
      },
    );
  });

  describe('close()', () => {
    it('ends hanging and waiting requests, may be called twice, and frees the port', async () => {
      driver.vendor.failNext({ on: 'api', action: 'hang' });
      driver.vendor.setLatency(60_000);
      const cut = Promise.allSettled([driver.call('any'), driver.askForToken()]);
      await expect.poll(() => driver.vendor.requests.length).toBe(2);
      expect(driver.vendor.close()).toBe(driver.vendor.close());
      expect(await timed(() => driver.vendor.close())).toBeLessThan(1_000);
      expect((await cut).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      await expect(driver.askForToken()).rejects.toMatchObject({ code: 'ECONNREFUSED' });

      const port = Number(new URL(driver.vendor.origin).port);
      await start({ port });
      expect(driver.vendor.origin).toBe(`http://127.0.0.1:${port}`);
    });

    it('ends connections that never asked for anything', async () => {
      const socket = connect(Number(new URL(driver.vendor.origin).port), '127.0.0.1');
      await new Promise((resolve) => socket.once('connect', resolve));
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.on('error', () => {});
      await driver.vendor.close();
      await closed;
    });

    it('leaves no timer behind that would keep the process alive', async () => {
      driver.vendor.setLatency(60_000);
      const cut = Promise.allSettled(Array.from({ length: 20 }, () => driver.askForToken()));
      await vi.waitUntil(() => driver.vendor.requests.length === 20);
      const waiting = pendingTimers();
      await driver.vendor.close();
      await cut;
      // The test runner has a few of its own, which come and go.
      expect(pendingTimers()).toBeLessThan(waiting - 15);
    });

    it('is what disposing does', async () => {
      await driver.vendor[Symbol.asyncDispose]();
      await expect(driver.askForToken()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    });
  });

  it('listens on 127.0.0.1 alone', async () => {
    const { port } = new URL(driver.vendor.origin);
    await expect(ask(`http://[::1]:${port}/`)).rejects.toThrow('connect');
  });

  it('says so when its port is taken', async () => {
    const port = Number(new URL(driver.vendor.origin).port);
    await expect(boot({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('answers requests that name the whole URL, as those through a proxy do', async () => {
    const { hostname, port } = new URL(driver.vendor.origin);
    const reply = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(Number(port), hostname);
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('end', () => resolve(text));
      socket.write(`GET ${driver.vendor.baseURL}/echo HTTP/1.1\r\nHost: proxy\r\nConnection: close\r\n\r\n`);
    });
    expect(reply).toMatch(/^HTTP\/1\.1 401 /);
  });

  it('survives a client that goes away in the middle of its request', async () => {
    const { hostname, port } = new URL(driver.vendor.origin);
    const socket = connect(Number(port), hostname);
    socket.write('POST /v1.0/auth HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\n{');
    await sleep(20);
    socket.destroy();
    await sleep(20);
    expect(driver.vendor.requests).toEqual([]);
    expect(await statusOf(await issue(driver))).toBe(200);
  });
});
