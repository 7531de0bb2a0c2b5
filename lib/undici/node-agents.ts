import http from 'node:http';
import https from 'node:https';
import type { NodeAgent } from '../interceptor/keep-alive-agent.js';

/** As Node makes its own. */
const pristine: Readonly<Record<string, NodeAgent>> = {
  'http:': new http.Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5_000 }),
  'https:': new https.Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5_000 }),
};

const SETTINGS = ['keepAlive', 'maxSockets', 'maxFreeSockets', 'maxTotalSockets'] as const;

/** Whether the app has left Node’s own agent as it was: what it says to it is for axios to follow, and unknown to undici. */
export function isAgentAsMade({ protocol }: URL): boolean {
  const agent: NodeAgent = (protocol === 'https:' ? https : http).globalAgent;
  const made = pristine[protocol]!;
  if (Object.getPrototypeOf(agent) !== Object.getPrototypeOf(made)) return false;
  if (SETTINGS.some((name) => agent[name] !== made[name])) return false;
  return hasOnly(agent, NAMES) && hasOnly(agent.options, OPTIONS);
}

/** To its agent for https Node says more, and from 22.21 on still more. */
const NAMES = new Set(Object.values(pristine).flatMap((agent) => Object.keys(agent)));
const OPTIONS = new Set(Object.values(pristine).flatMap(({ options }) => Object.keys(options ?? {})));

function hasOnly(values: object | undefined, known: ReadonlySet<string>): boolean {
  if (!values) return false;
  return Object.keys(values).every(
    (name) => known.has(name) || (values as Record<string, unknown>)[name] === undefined,
  );
}
