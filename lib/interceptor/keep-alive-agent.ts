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
  readonly keepAliveMsecs?: number;
  readonly scheduling?: string;
  readonly maxCachedSessions?: number;
  readonly _eventsCount?: number;
} & Readonly<Partial<Record<Method, unknown>>>;

type Method = 'addRequest' | 'createSocket' | 'removeSocket' | '_getSession' | '_cacheSession' | '_evictSession';

/** Of an agent that nobody has touched. */
const USUAL_PROBES_AFTER_MS = 1_000;

/** What Node's agents listen to themselves: `free`, and `newListener` to learn of `keylog`. */
const UNTOUCHED: NodeAgent = new http.Agent();
const EVENTS = UNTOUCHED.eventNames();

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
    const { options, keepAlive, maxSockets, maxFreeSockets, scheduling, maxCachedSessions } = global;
    if (this.#agent?.freeSockets !== global.freeSockets) this.#agent = this.#sharingWith(global);
    // The very options: who sets a certificate authority on the global agent has it here too.
    const settings = { options, keepAlive, maxSockets, maxFreeSockets, scheduling, maxCachedSessions };
    return Object.assign(this.#agent, settings);
  }

  #canBeReplaced(global: NodeAgent): boolean {
    if (Object.getPrototypeOf(global) !== this.#protocol.Agent.prototype) return false;
    // Sockets of one host are counted in the pool that is shared, those of all by each agent for itself.
    if (global.maxTotalSockets !== Infinity) return false;
    if (global.keepAliveMsecs !== USUAL_PROBES_AFTER_MS) return false;
    return global.options !== undefined && !global.options.proxyEnv && !this.#isHooked(global);
  }

  /** Overridden methods and listeners are of that one agent; what is changed in its prototype is ours too. */
  #isHooked(global: NodeAgent): boolean {
    return hasOwnMethods(global, this.#protocol.Agent.prototype) || hasListeners(global);
  }

  /** One pool for both: what goes out by the global agent finds the same connections, and its `destroy` ends them. */
  #sharingWith({ options, sockets, freeSockets, requests }: NodeAgent): NodeAgent {
    const agent = new this.#protocol.Agent({ ...options, keepAliveMsecs: PROBES_AFTER_MS });
    return Object.assign(agent, { sockets, freeSockets, requests });
  }
}

/** One by one, because that takes a tenth of the time that a loop over names takes, for each request. */
function hasOwnMethods(agent: NodeAgent, usual: NodeAgent): boolean {
  return (
    agent.addRequest !== usual.addRequest ||
    agent.createSocket !== usual.createSocket ||
    agent.createConnection !== usual.createConnection ||
    agent.keepSocketAlive !== usual.keepSocketAlive ||
    agent.reuseSocket !== usual.reuseSocket ||
    agent.removeSocket !== usual.removeSocket ||
    agent.getName !== usual.getName ||
    agent._getSession !== usual._getSession ||
    agent._cacheSession !== usual._cacheSession ||
    agent._evictSession !== usual._evictSession ||
    agent.destroy !== usual.destroy ||
    agent.emit !== usual.emit
  );
}

/** Whether anybody but Node listens. */
function hasListeners(agent: NodeAgent): boolean {
  if (agent._eventsCount !== UNTOUCHED._eventsCount) return true;
  for (const name of EVENTS) if (agent.listenerCount(name) !== UNTOUCHED.listenerCount(name)) return true;
  return false;
}

const plain = new Replacement(http);
const secure = new Replacement(https);

/** For a request that names no agent. */
export function keepAliveAgent(isSecure: boolean): http.Agent | undefined {
  return (isSecure ? secure : plain).agent;
}
