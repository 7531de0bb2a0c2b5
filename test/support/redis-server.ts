import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { createHmac, hkdfSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster, Redis } from 'ioredis';
import type { INestApplicationContext } from '@nestjs/common';
import type { AuthApisOptions, TokenStore } from 'nestjs-auth-apis';
import { accountsFor } from 'nestjs-auth-apis';
import type { RedisTokenStoreOptions } from 'nestjs-auth-apis/redis';
import { RedisTokenStore } from 'nestjs-auth-apis/redis';
import { createClient, createCluster } from 'redis';
import { firstValueFrom } from 'rxjs';
import { onTestFinished, test } from 'vitest';
import type { AcmeAccounts, AcmeApp, AcmeEcho, AcmeVendor } from './acme.js';
import { acme, acmeOf, oneAccount } from './acme.js';
import { startApp } from './app.js';
import { sleep } from './outcome.js';

const PROGRAM = process.env.REDIS_SERVER ?? 'redis-server';
const isInstalled = spawnSync(PROGRAM, ['--version']).status === 0;

if (!isInstalled) {
  console.warn(
    `SKIPPED, no Redis on this machine: \`${PROGRAM}\` cannot be run. Install redis-server, or name one in REDIS_SERVER.`,
  );
}

/** A test that needs a Redis; skipped, with a warning, on a machine that has none. */
export const redisTest = test.skipIf(!isInstalled);

const HOST = '127.0.0.1';
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A Redis of the test's own that keeps nothing on disk. */
export class RedisServer {
  readonly port: number;
  readonly #args: readonly string[];
  readonly #admin: Redis;
  #child: ChildProcess | undefined;

  constructor(port: number, args: readonly string[]) {
    this.port = port;
    this.#args = ['--port', String(port), '--bind', HOST, '--save', '', '--appendonly', 'no', ...args];
    this.#admin = new Redis(port, HOST, { lazyConnect: true, retryStrategy: () => 20 });
    this.#admin.on('error', () => {});
  }

  get url(): string {
    return `redis://${HOST}:${this.port}`;
  }

  /** @returns whether it runs: the port may have been taken meanwhile */
  async start(): Promise<boolean> {
    const child = spawn(PROGRAM, [...this.#args], { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#child = child;
    running.add(child);
    child.once('exit', () => running.delete(child));
    return new Promise((resolve) => {
      child.once('exit', () => resolve(false));
      child.stdout.on('data', (text: Buffer) => {
        if (/Ready to accept connections/.test(text.toString())) resolve(true);
      });
    });
  }

  /** One command of whoever looks after it. */
  async command(name: string, ...args: string[]): Promise<unknown> {
    return this.#admin.call(name, ...args);
  }

  /** How many commands of clients it ran since `CONFIG RESETSTAT`, by their names; not those of scripts' inside. */
  async calls(name: string): Promise<number> {
    const stats = String(await this.command('INFO', 'commandstats'));
    return Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  }

  /** At once, as by the kernel; what it held is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** Killed, if need be, and there again, empty. */
  async restart(): Promise<void> {
    await this.kill();
    if (!(await this.start())) throw new Error(`no Redis on port ${this.port} any more`);
  }

  /** It stands still, and its connections stay open. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    this.#admin.disconnect();
    await this.kill();
  }
}

/** A Redis on a port of its own that ends with the test. */
export async function startRedis(...args: string[]): Promise<RedisServer> {
  const dir = await mkdtemp(join(tmpdir(), 'redis-'));
  for (let attempt = 0; attempt < 20; attempt++) {
    const server = new RedisServer(await freePort(), ['--dir', dir, ...args]);
    if (!(await server.start())) continue;
    onTestFinished(async () => {
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    });
    return server;
  }
  throw new Error('no port for a Redis');
}

/** A cluster of one node, which has all slots. */
export async function startRedisCluster(): Promise<RedisServer> {
  const server = await startRedis('--cluster-enabled', 'yes', '--cluster-announce-ip', HOST);
  await server.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  while (!String(await server.command('CLUSTER', 'INFO')).includes('cluster_state:ok')) await sleep(10);
  return server;
}

/** Below the ports that connections get, with room for a cluster's second one, 10,000 above. */
async function freePort(): Promise<number> {
  const port = 12_000 + Math.floor(Math.random() * 10_000);
  const server = createServer();
  const isFree = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, HOST, () => resolve(true));
  });
  if (!isFree) return freePort();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

type AnyClient = RedisTokenStoreOptions['client'];

/** Of a server, or of a cluster; each closed when the test ends. They reconnect soon, and complain to nobody. */
export const redisClients = {
  async 'node-redis'({ url }: RedisServer): Promise<AnyClient> {
    const client = createClient({ url, socket: { reconnectStrategy: () => 50 } });
    client.on('error', () => {});
    onTestFinished(() => client.destroy());
    return client.connect();
  },

  async ioredis({ port }: RedisServer): Promise<AnyClient> {
    const client = new Redis(port, HOST, { retryStrategy: () => 50 });
    client.on('error', () => {});
    onTestFinished(() => client.disconnect());
    return client;
  },

  async 'a node-redis cluster'({ url }: RedisServer): Promise<AnyClient> {
    const client = createCluster({ rootNodes: [{ url }], defaults: { socket: { reconnectStrategy: () => 50 } } });
    client.on('error', () => {});
    onTestFinished(() => client.destroy());
    await client.connect();
    return client;
  },

  async 'an ioredis Cluster'({ port }: RedisServer): Promise<AnyClient> {
    const client = new Cluster([{ host: HOST, port }], { clusterRetryStrategy: () => 50 });
    client.on('error', () => {});
    onTestFinished(() => client.disconnect());
    return client;
  },
};

export type RedisClientKind = keyof typeof redisClients;
export const clientKinds = Object.keys(redisClients) as RedisClientKind[];
/** Those that go to one server. */
export const plainKinds = ['node-redis', 'ioredis'] as const;

export const KEY = { kid: 'one', key: 'pq+YJ5xYzl3ZUJ2wbfcCyvXzuVRsGeIZN1cI2bZ8fYQ=' };

/** Where an account's token is in the Redis, by the encryption key and what `SharedTokenSource` names the account. */
export function placeOf(
  key: string,
  encryptionKey: Uint8Array | string = KEY.key,
  prefix = 'nestjs-auth-apis',
): string {
  const bytes = typeof encryptionKey === 'string' ? Buffer.from(encryptionKey, 'base64') : encryptionKey;
  const nameKey = Buffer.from(hkdfSync('sha256', bytes, '', 'nestjs-auth-apis names of shared tokens', 32));
  return `${prefix}:{${createHmac('sha256', nameKey).update(key).digest('base64url')}}`;
}

/** A store with a client of its own, as a replica of an app has. */
export async function redisStore(
  server: RedisServer,
  options: Partial<RedisTokenStoreOptions> = {},
  kind: RedisClientKind = 'node-redis',
): Promise<TokenStore> {
  return new RedisTokenStore({
    client: options.client ?? (await redisClients[kind](server)),
    encryption: { keys: [KEY] },
    ...options,
  });
}

/** One of an app's replicas: Acme, through a client of its own to a Redis. */
export interface Replica extends Pick<AcmeApp, 'apis' | 'client' | 'events'> {
  readonly app: INestApplicationContext;
  /** @returns the token that the API saw */
  readonly call: () => Promise<string>;
}

export interface ReplicaWishes {
  readonly store?: TokenStore;
  readonly accounts?: (vendor: AcmeVendor) => AcmeAccounts;
  readonly options?: AuthApisOptions;
}

/** A replica that nobody keeps fresh, unless told otherwise; no token until the first call. */
export async function startReplica(
  vendor: AcmeVendor,
  { store, accounts = oneAccount(), options }: ReplicaWishes = {},
): Promise<Replica> {
  const account = accountsFor(acme, accounts(vendor));
  const app = await startApp({ prefetch: 'none', ...options, ...(store && { store }), apis: [account] });
  const { client, ...rest } = acmeOf(app);
  const call = async (): Promise<string> => (await firstValueFrom(client.get<AcmeEcho>('/x'))).data.token;
  return { app, client, ...rest, call };
}

/** Several, each with a store and a client of its own. */
export async function startFleet(
  server: RedisServer,
  vendor: AcmeVendor,
  count: number,
  wishes: ReplicaWishes & { readonly kind?: RedisClientKind } = {},
): Promise<Replica[]> {
  const start = async (): Promise<Replica> =>
    startReplica(vendor, { store: await redisStore(server, {}, wishes.kind), ...wishes });
  const replicas: Replica[] = [];
  while (replicas.length < count) replicas.push(await start());
  return replicas;
}
