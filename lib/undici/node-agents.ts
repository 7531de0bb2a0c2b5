import http from 'node:http';
import https from 'node:https';

/**
 * How many connections to one origin the app allows Node’s own agent, which is meant for all; `undefined` where it has told the
 * agent otherwise how they are made: axios would go by that.
 */
export function connectionsOf({ protocol }: URL): number | undefined {
  const { Agent, globalAgent } = protocol === 'https:' ? https : http;
  const agent = globalAgent as http.Agent & { readonly options?: Record<string, unknown> };
  const { options, maxSockets, maxTotalSockets } = agent;
  if (Object.getPrototypeOf(agent) !== Agent.prototype || Object.hasOwn(agent, 'createConnection')) return undefined;
  if (!options || !isLimit(maxSockets) || maxTotalSockets !== Infinity) return undefined;
  const isAsMade = Object.keys(options).every((name) => OF_NODE.has(name) || options[name] === undefined);
  return isAsMade ? maxSockets : undefined;
}

const isLimit = (limit: number): boolean => limit === Infinity || (Number.isInteger(limit) && limit > 0);

/** What Node itself says to its agents; to that of https more, from Node 22.21 on. */
const OF_NODE = new Set(
  [http, https].flatMap(({ Agent }) => {
    const { options } = new Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5_000 }) as { options?: object };
    return Object.keys({ ...options });
  }),
);
