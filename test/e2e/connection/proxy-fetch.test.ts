import type { SparkflyOptions } from 'nestjs-auth-apis';
import type { Dispatcher } from 'undici';
import { Agent, EnvHttpProxyAgent, getGlobalDispatcher, setGlobalDispatcher } from 'undici';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { failureOf } from '../../support/outcome.js';
import { proxyServer } from '../../support/proxy-server.js';
import { nodeFetchTakesDispatchers, UNDICI_MAJOR } from '../../support/undici-major.js';
import { sparkflyApp } from '../../support/vendors.js';

/** As Node sets itself up where it is told to use the proxies of the environment. */
async function setUp(dispatcher: (proxy: string) => Dispatcher, account?: Partial<SparkflyOptions>) {
  const proxy = await proxyServer();
  const before = getGlobalDispatcher();
  const global = dispatcher(proxy.origin);
  setGlobalDispatcher(global);
  onTestFinished(async () => {
    setGlobalDispatcher(before);
    vi.unstubAllEnvs();
    await global.destroy();
  });
  return { proxy, ...(await sparkflyApp({ account })) };
}

const ofEnvironment = (httpProxy: string): Dispatcher => new EnvHttpProxyAgent({ httpProxy, noProxy: '' });

// Node's own fetch keeps its dispatcher elsewhere from version 26 on.
describe.runIf(nodeFetchTakesDispatchers && UNDICI_MAJOR === 7 && Number(process.versions.node.split('.')[0]) < 26)(
  'with a proxy of the environment',
  () => {
    test('a fetch of an account on this machine sends it no token', async () => {
      const { proxy, vendor, client } = await setUp(ofEnvironment);
      vendor.failNext({ on: 'api', status: 302, headers: { Location: `${vendor.baseURL}/offers` } });
      expect((await client.fetch('/echo')).status).toBe(200);
      expect((await client.fetch(new Request(`${vendor.baseURL}/offers`))).status).toBe(200);
      expect(proxy.requests).toEqual([]);
      expect(vendor.counters.apiRequests).toBe(3);
    });

    test('`allowInsecure` gives way to the environment', async () => {
      const { proxy, client } = await setUp(ofEnvironment, { allowInsecure: true });
      await client.fetch('/offers').catch(() => undefined);
      expect(proxy.requests.length).toBeGreaterThan(0);
    });

    test('a dispatcher of the call’s own is taken', async () => {
      const { vendor, client } = await setUp(ofEnvironment);
      const agent = new Agent();
      onTestFinished(() => agent.destroy());
      const dispatch = vi.spyOn(agent, 'dispatch');
      expect((await client.fetch(`${vendor.baseURL}/offers`, { dispatcher: agent as never })).status).toBe(200);
      expect(dispatch).toHaveBeenCalledOnce();
    });

    test('nothing is sent where there is no way past it', async () => {
      const inner = new Agent();
      onTestFinished(() => inner.destroy());
      const sent = vi.fn();
      const another = { EnvHttpProxyAgent: class extends Agent {} }.EnvHttpProxyAgent;
      const { vendor, client } = await setUp(() => Object.assign(new another(), { dispatch: sent }));
      const error = await failureOf<Error>(client.fetch('/offers'));
      expect((error.cause as Error).message).toContain('NO_PROXY');
      expect(sent).not.toHaveBeenCalled();
      expect(vendor.counters.apiRequests).toBe(0);
    });
  },
);
