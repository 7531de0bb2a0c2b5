import type { ClientRequest } from 'node:http';
import http, { Agent } from 'node:http';
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
    expect(await agentAfter(new Agent({ keepAlive: true, maxSockets: 3 }))).toMatchObject({ maxSockets: 3 });
  });
});
