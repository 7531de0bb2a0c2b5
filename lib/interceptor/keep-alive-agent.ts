import type { AgentOptions } from 'node:http';
import http from 'node:http';
import https from 'node:https';

/**
 * What Node's global agents are, but for the interval of TCP keep-alive probes: theirs differs from the one that axios
 * sets on each request, and two system calls a request go to and fro between them.
 */
const PROBES_AFTER_MS = 60_000;

type Agent = http.Agent & { readonly options: AgentOptions & { readonly proxyEnv?: unknown } };

class Replacement {
  readonly #protocol: typeof http | typeof https;
  readonly #global: Agent;
  readonly #agent: Agent;

  constructor(protocol: typeof http | typeof https) {
    this.#protocol = protocol;
    this.#global = protocol.globalAgent as Agent;
    const { options } = this.#global;
    // The very options: who sets a certificate authority on the global agent has it here too.
    this.#agent = Object.assign(new protocol.Agent({ ...options, keepAliveMsecs: PROBES_AFTER_MS }), { options });
  }

  /** None where the app has put its own agent in the global one's place, or Node's is told to use a proxy. */
  get agent(): Agent | undefined {
    const isOwn = this.#protocol.globalAgent !== this.#global;
    if (isOwn || this.#global.options.proxyEnv) return undefined;
    const { maxSockets, maxTotalSockets, maxFreeSockets } = this.#global;
    return Object.assign(this.#agent, { maxSockets, maxTotalSockets, maxFreeSockets });
  }
}

const plain = new Replacement(http);
const secure = new Replacement(https);

/** For a request that names no agent. */
export function keepAliveAgent(isSecure: boolean): http.Agent | undefined {
  return (isSecure ? secure : plain).agent;
}
