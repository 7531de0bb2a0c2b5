import { Agent } from 'node:http';
import type { gaxios } from 'google-auth-library';
import type { Place } from './contender.js';
import { SOCKETS } from './sockets.js';
import { stubFetch } from './stubs.js';

/** With an agent, because node-fetch would open a connection for every call without one. */
export function gaxiosTransport({ network }: Place): { options: gaxios.GaxiosOptions; close: () => void } {
  if (network === 'stub') return { options: { fetchImplementation: stubFetch }, close: () => {} };
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS });
  return { options: { agent }, close: () => agent.destroy() };
}
