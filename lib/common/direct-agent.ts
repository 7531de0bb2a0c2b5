import { Agent, type AgentOptions, globalAgent } from 'node:http';

type ProxyingOptions = AgentOptions & { readonly proxyEnv?: unknown };

let direct: { readonly of: ProxyingOptions; readonly agent: Agent } | undefined;

/**
 * An agent for plain http that uses no proxy, where `NODE_USE_ENV_PROXY` makes Node's own agent use those of the
 * environment; `undefined` where it does not. axios before 1.21 leaves `proxy: false` to that agent, which ignores it.
 */
export function directAgent(): Agent | undefined {
  const { options } = globalAgent as { options?: ProxyingOptions };
  if (!options?.proxyEnv) return undefined;
  if (direct?.of !== options)
    direct = { of: options, agent: new Agent({ ...options, proxyEnv: undefined } as AgentOptions) };
  return direct.agent;
}
