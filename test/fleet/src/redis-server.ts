import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

const START_MS = 5_000;

/** The version of the machine's `redis-server`; `undefined` without one. */
export function redisVersion(): string | undefined {
  const { stdout } = spawnSync('redis-server', ['--version'], { encoding: 'utf8' });
  return stdout ? /v=(\S+)/.exec(stdout)?.[1] : undefined;
}

/** A Redis of our own, which can be killed and comes back empty at the same port. */
export class RedisServer {
  readonly port: number;
  #process: ChildProcess | undefined;

  private constructor(port: number) {
    this.port = port;
  }

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort());
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const options = { '--port': String(this.port), '--bind': '127.0.0.1', '--save': '', '--appendonly': 'no' };
    const started = spawn('redis-server', Object.entries(options).flat(), { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#process = started;
    const [stdout] = [started.stdout];
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(reject, START_MS, new Error(`redis-server is not ready after ${START_MS} ms`));
      started.once('error', reject);
      started.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)));
      stdout.on('data', (text: Buffer) => {
        if (!text.includes('Ready to accept connections')) return;
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** SIGKILL: what it held is gone. */
  async kill(): Promise<void> {
    const ending = this.#process;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const exit = once(ending, 'exit');
    ending.kill('SIGKILL');
    await exit;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
