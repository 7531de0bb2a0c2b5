/** A client of `redis` (node-redis) from version 5, single or cluster; only what is used of it. @publicApi */
export interface NodeRedisClient {
  /** Absent on a cluster. */
  readonly isReady?: boolean;
  /** Whether `connect()` was called. */
  readonly isOpen?: boolean;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** A client of `ioredis` from version 5, single or cluster; only what is used of it. @publicApi */
export interface IORedisClient {
  readonly status: string;
  readonly options?: { readonly keyPrefix?: string | undefined };
  defineCommand(name: string, definition: { lua: string; numberOfKeys?: number }): void;
  eval(script: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>;
}

/** ... or about to be: ioredis connects by itself, and an app's first tokens are asked for at once. */
const CONNECTED = new Set(['ready', 'connect', 'connecting', 'wait']);

/** So long a client of node-redis may take for its first connection, which an app need not wait for. */
const FIRST_CONNECTION_MS = 1_000;

/** Runs a script of one atomic step. */
export interface RunScript {
  /** @param isPatient may be queued by a client that has no connection: it is as good when it comes late */
  (script: string, keys: string[], args: string[], isPatient?: boolean): Promise<unknown>;
}

/**
 * The one thing that is asked of a client. A client that has no connection would queue the script, and run it at a time
 * when nobody waits for it any more: it is not asked then.
 *
 * @throws TypeError when it is no client, or one that takes the two keys of an account apart
 */
export function scriptRunner(client: NodeRedisClient | IORedisClient): RunScript {
  if (typeof (client as Partial<NodeRedisClient> | undefined)?.eval !== 'function') {
    throw new TypeError('RedisTokenStore: `client` must be a client of redis or ioredis');
  }
  return 'defineCommand' in client ? ioredisRunner(client) : nodeRedisRunner(client);
}

function ioredisRunner(client: IORedisClient): RunScript {
  const { keyPrefix } = { ...client.options };
  // The first braces of a key decide where it lies in a cluster, unless there is nothing between them.
  if (/^[^{]*\{\}/.test(keyPrefix ?? '')) {
    throw new TypeError(
      'RedisTokenStore: the `keyPrefix` of the client has `{}`, which takes keys of a cluster apart that belong together',
    );
  }
  return async (script, keys, args, isPatient) => {
    if (!isPatient && !CONNECTED.has(client.status))
      throw new Error(`the Redis client is not connected (${client.status})`);
    return client.eval(script, keys.length, ...keys, ...args);
  };
}

function nodeRedisRunner(client: NodeRedisClient): RunScript {
  let wasReady = client.isReady === true;
  let firstAskedAt: number | undefined;
  const isConnected = (): boolean => {
    wasReady ||= client.isReady === true;
    if (client.isReady !== false) return true;
    if (wasReady || client.isOpen !== true) return false;
    firstAskedAt ??= performance.now();
    return performance.now() - firstAskedAt < FIRST_CONNECTION_MS;
  };
  return async (script, keys, args, isPatient) => {
    if (!isPatient && !isConnected()) throw new Error('the Redis client is not connected (was connect() called?)');
    return client.eval(script, { keys, arguments: args });
  };
}
