import { globalAgent } from 'node:http';
import { Agent, setGlobalDispatcher } from 'undici';

/** Nobody gets more: ten thousand calls at once would be ten thousand sockets otherwise, and measure the kernel. */
export const SOCKETS = 64;

/** Bounds what contenders use unless they are told otherwise: Node's agent, and the dispatcher of Node's `fetch`. */
export function boundSockets(): () => Promise<void> {
  globalAgent.maxSockets = SOCKETS;
  const dispatcher = new Agent({ connections: SOCKETS });
  setGlobalDispatcher(dispatcher);
  return async () => {
    globalAgent.destroy();
    await dispatcher.close();
  };
}
