import { mkdtemp, rm } from 'node:fs/promises';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LookupAddressEntry } from 'axios';
import { firstValueFrom } from 'rxjs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CERTIFICATE, unixFront } from '../../support/front.js';
import { frontedVendors } from '../../support/fronted-vendors.js';
import { failureOf } from '../../support/outcome.js';

/** The account's way to the vendor is that of its token requests too; the proxy has a file of its own. */
describe.each(frontedVendors)('%s', (_, __, start) => {
  const once = { tokenRequests: 1, apiRequests: 1, apiUnauthorized: 0 };

  test('an httpsAgent of the account opens the connections of calls and token requests', async () => {
    const httpsAgent = new HttpsAgent({ ca: CERTIFICATE, keepAlive: true, maxSockets: 1 });
    onTestFinished(() => httpsAgent.destroy());
    const { vendor, client } = await start({ account: () => ({ http: { httpsAgent } }) });
    await client.tokens.get();
    const sockets = Object.values(httpsAgent.freeSockets).flat();
    expect(sockets).toHaveLength(1);
    await firstValueFrom(client.get('/echo'));
    expect(Object.values(httpsAgent.freeSockets).flat()).toEqual(sockets);
    expect(vendor.counters).toMatchObject(once);
  });

  test('without one that trusts the vendor’s certificate there is no token, and nothing arrives', async () => {
    const { vendor, client } = await start({ account: () => ({ http: {} }) });
    expect(await failureOf(client.tokens.refresh())).toMatchObject({
      code: 'TOKEN_REQUEST_FAILED',
      retryable: true,
      cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    });
    expect(vendor.requests).toHaveLength(0);
  });

  test('an httpAgent as well', async () => {
    const httpAgent = new HttpAgent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => httpAgent.destroy());
    const { vendor, client } = await start({ scheme: 'http', account: () => ({ http: { httpAgent } }) });
    await client.tokens.get();
    const sockets = Object.values(httpAgent.freeSockets).flat();
    expect(sockets).toHaveLength(1);
    await firstValueFrom(client.get('/echo'));
    expect(Object.values(httpAgent.freeSockets).flat()).toEqual(sockets);
    expect(vendor.counters).toMatchObject(once);
  });

  test('lookup and family resolve the names of both', async () => {
    const asked: unknown[] = [];
    const lookup = async (name: string, options: object): Promise<LookupAddressEntry> => {
      asked.push([name, (options as { family?: unknown }).family]);
      return { address: '127.0.0.1', family: 4 };
    };
    const { vendor, client } = await start({
      scheme: 'http',
      account: ({ at, baseURL, vendor: { tokenURL } }) => ({
        baseURL: baseURL.replace('127.0.0.1', 'api.localhost'),
        tokenURL: `http://auth.localhost:${at.port}${new URL(tokenURL).pathname}`,
        http: { lookup, family: 4, httpAgent: new HttpAgent() },
      }),
    });
    await firstValueFrom(client.get('/echo'));
    expect(asked).toEqual([
      ['auth.localhost', 4],
      ['api.localhost', 4],
    ]);
    expect(vendor.counters).toMatchObject(once);
  });

  test.skipIf(process.platform === 'win32')('socketPath leads both through that socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nestjs-auth-apis-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const socketPath = join(folder, 'vendor.sock');
    const { vendor, client } = await start({
      scheme: 'http',
      // Nobody listens there: only the socket leads to the vendor.
      account: ({ baseURL }) => ({ baseURL: `http://127.0.0.1:1${new URL(baseURL).pathname}`, http: { socketPath } }),
    });
    await unixFront(socketPath, vendor.origin);
    await firstValueFrom(client.get('/echo'));
    expect(vendor.counters).toMatchObject(once);
  });
});
