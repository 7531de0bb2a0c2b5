// A Redis of this demo's own: on a free port, in memory, gone at the end.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** There is no Redis to start; the message says what to do. */
export class RedisMissingError extends Error {
  constructor() {
    super(
      'redis-server is not on this machine. Install it, then try again:\n' +
        '  apt-get install redis-server    Debian, Ubuntu\n' +
        '  brew install redis              macOS',
    );
  }
}

export class RedisServer {
  private constructor(
    private readonly server: ChildProcess,
    readonly url: string,
  ) {}

  /** @throws RedisMissingError */
  static async start(): Promise<RedisServer> {
    const port = await freePort();
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    // A process group of its own: a Ctrl-C in the terminal must not end it before those who use it.
    const server = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', ({ code }: NodeJS.ErrnoException) =>
        reject(code === 'ENOENT' ? new RedisMissingError() : new Error(`redis-server cannot be started: ${code}`)),
      );
      server.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)));
      server.stdout.on('data', (text: Buffer) => {
        if (text.includes('Ready to accept connections')) resolve();
      });
    });
    return new RedisServer(server, `redis://127.0.0.1:${port}`);
  }

  async stop(): Promise<void> {
    if (this.server.exitCode !== null || this.server.signalCode !== null) return;
    const exit = once(this.server, 'exit');
    this.server.kill();
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
