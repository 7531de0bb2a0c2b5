import type { ClientRequest } from 'node:http';
import http, { Agent } from 'node:http';
import https from 'node:https';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';

const before = http.globalAgent;

beforeEach(() => {
  vi.resetModules();
});

/** What requests without an agent get where the app had this one in Node's place before it imported us. */
async function agentAfter(agent: object): Promise<unknown> {
  http.globalAgent = agent as Agent;
  onTestFinished(() => void (http.globalAgent = before));
  const { keepAliveAgent } = await import('../../../lib/interceptor/keep-alive-agent.js');
  return keepAliveAgent(false);
}

describe('an agent that the app has put in the place of Node’s own before us', () => {
  test('is left there', async () => {
    class Proxying extends Agent {
      addRequest(request: ClientRequest): void {
        request.destroy();
      }
    }
    expect(await agentAfter(new Proxying())).toBeUndefined();
  });

  test('needs not be Node’s make', async () => {
    expect(await agentAfter({ addRequest() {}, destroy() {} })).toBeUndefined();
  });

  test('that is as Node’s own may be replaced', async () => {
    const own = new Agent({ keepAlive: true, maxSockets: 5, maxFreeSockets: 3 });
    const { sockets, freeSockets, requests } = own;
    const ours = await agentAfter(own);
    expect(ours).not.toBe(own);
    expect(ours).toMatchObject({ keepAlive: true, maxSockets: 5, maxFreeSockets: 3, keepAliveMsecs: 60_000 });
    for (const [name, pool] of Object.entries({ sockets, freeSockets, requests })) {
      expect((ours as Record<string, unknown>)[name]).toBe(pool);
    }
  });

  test('with a limit for the sockets of all hosts is left there', async () => {
    expect(await agentAfter(new Agent({ keepAlive: true, maxTotalSockets: 3 }))).toBeUndefined();
  });
});

test('an agent that is put in the place of Node’s own later is the one that counts', async () => {
  const { keepAliveAgent } = await import('../../../lib/interceptor/keep-alive-agent.js');
  const first = keepAliveAgent(false);
  expect(keepAliveAgent(false)).toBe(first);
  http.globalAgent = new Agent();
  onTestFinished(() => void (http.globalAgent = before));
  expect(keepAliveAgent(false)).not.toBe(first);
  expect(keepAliveAgent(false)).toMatchObject({ keepAlive: false });
});

test('what the app says to Node’s own agent later counts', async () => {
  const { keepAliveAgent } = await import('../../../lib/interceptor/keep-alive-agent.js');
  http.globalAgent = new Agent({ keepAlive: true });
  onTestFinished(() => void (http.globalAgent = before));
  expect(keepAliveAgent(false)).toMatchObject({ keepAlive: true, maxFreeSockets: 256 });
  Object.assign(http.globalAgent, { keepAlive: false, maxFreeSockets: 1 });
  expect(keepAliveAgent(false)).toMatchObject({ keepAlive: false, maxFreeSockets: 1 });
});

describe('a global agent that somebody has touched is left there', () => {
  const touches: Record<string, (agent: Agent) => void> = {
    'a listener for keylog': (agent) => void agent.on('keylog', () => {}),
    'a listener for free': (agent) => void agent.on('free', () => {}),
    'a listener of another name': (agent) => void agent.on('seen', () => {}),
    'another interval of probes': (agent) => void Object.assign(agent, { keepAliveMsecs: 5_000 }),
    ...Object.fromEntries(
      [
        'addRequest',
        'createSocket',
        'createConnection',
        'keepSocketAlive',
        'reuseSocket',
        'removeSocket',
        'getName',
        'emit',
      ].map((name) => [`a ${name} of its own`, (agent: Agent) => void Object.assign(agent, { [name]: () => {} })]),
    ),
  };

  test.each(Object.entries(touches))('%s', async (_, touch) => {
    const { keepAliveAgent } = await import('../../../lib/interceptor/keep-alive-agent.js');
    for (const [isSecure, protocol] of [
      [false, http],
      [true, https],
    ] as const) {
      const usual = protocol.globalAgent;
      onTestFinished(() => void (protocol.globalAgent = usual as never));
      const touched = new protocol.Agent({ keepAlive: true });
      protocol.globalAgent = touched as never;
      expect(keepAliveAgent(isSecure)).toBeDefined();
      touch(touched);
      expect(keepAliveAgent(isSecure)).toBeUndefined();
    }
  });

  test('a session of TLS that is kept elsewhere', async () => {
    const { keepAliveAgent } = await import('../../../lib/interceptor/keep-alive-agent.js');
    const usual = https.globalAgent;
    onTestFinished(() => void (https.globalAgent = usual));
    https.globalAgent = Object.assign(new https.Agent(), { _cacheSession: () => {} });
    expect(keepAliveAgent(true)).toBeUndefined();
  });
});
