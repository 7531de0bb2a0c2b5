import type { AgentOptions } from 'node:http';
import http from 'node:http';
import https from 'node:https';

/**
 * What Node's global agents are, but for the interval of TCP keep-alive probes: theirs differs from the one that axios
 * sets on each request, and two system calls a request go to and fro between them.
 */
const PROBES_AFTER_MS = 60_000;

/** With what Node’s types leave out. */
type NodeAgent = http.Agent & {
  readonly options?: AgentOptions & { readonly proxyEnv?: unknown };
  readonly keepAlive?: boolean;
};

class Replacement {
  readonly #protocol: typeof http | typeof https;
  #agent: NodeAgent | undefined;

  constructor(protocol: typeof http | typeof https) {
    this.#protocol = protocol;
  }

  /** None where the global agent is not as Node made it: who has changed it, or put another in its place, means it. */
  get agent(): NodeAgent | undefined {
    const global = this.#protocol.globalAgent as NodeAgent;
    if (!this.#canBeReplaced(global)) return undefined;
    const { options, keepAlive, maxSockets, maxFreeSockets } = global;
    if (this.#agent?.freeSockets !== global.freeSockets) this.#agent = this.#sharingWith(global);
    // The very options: who sets a certificate authority on the global agent has it here too.
    return Object.assign(this.#agent, { options, keepAlive, maxSockets, maxFreeSockets });
  }

  #canBeReplaced(global: NodeAgent): boolean {
    if (Object.getPrototypeOf(global) !== this.#protocol.Agent.prototype) return false;
    // Sockets of one host are counted in the pool that is shared, those of all by each agent for itself.
    if (global.maxTotalSockets !== Infinity) return false;
    return global.options !== undefined && !global.options.proxyEnv && !Object.hasOwn(global, 'createConnection');
  }

  /** One pool for both: what goes out by the global agent finds the same connections, and its `destroy` ends them. */
  #sharingWith({ options, sockets, freeSockets, requests }: NodeAgent): NodeAgent {
    const agent = new this.#protocol.Agent({ ...options, keepAliveMsecs: PROBES_AFTER_MS });
    return Object.assign(agent, { sockets, freeSockets, requests });
  }
}

const plain = new Replacement(http);
const secure = new Replacement(https);

/** For a request that names no agent. */
export function keepAliveAgent(isSecure: boolean): http.Agent | undefined {
  return (isSecure ? secure : plain).agent;
}
