import { EventEmitter } from 'node:events';

/**
 * A readable stream as they were before `Readable`: an emitter with `pipe`, `pause` and `resume`, of which Node's own
 * classes know nothing. It flows on its own, once nobody has paused it.
 */
export class OldStream extends EventEmitter {
  readonly readable = true;
  /** Where it is piped to, for everyone to see, as with all streams. */
  readonly pipes: NodeJS.WritableStream[] = [];
  readonly #chunks: Buffer[];
  #isPaused = false;
  #isOver = false;

  /** @param failure with which it breaks off after its chunks, instead of an end */
  constructor(
    chunks: readonly Buffer[],
    readonly failure?: Error,
  ) {
    super();
    this.#chunks = [...chunks];
    setImmediate(() => this.#flow());
  }

  pause(): this {
    this.#isPaused = true;
    return this;
  }

  resume(): this {
    this.#isPaused = false;
    setImmediate(() => this.#flow());
    return this;
  }

  pipe<T extends NodeJS.WritableStream>(to: T): T {
    this.pipes.push(to);
    this.on('data', (chunk: Buffer) => {
      // What follows redirects gives nothing here, and does not mean "enough".
      const isTaken: unknown = to.write(chunk);
      if (isTaken === false) this.pause();
    });
    to.on('drain', () => this.resume());
    this.on('end', () => to.end());
    return to;
  }

  #flow(): void {
    if (this.#isPaused || this.#isOver) return;
    const chunk = this.#chunks.shift();
    if (chunk) {
      this.emit('data', chunk);
      setImmediate(() => this.#flow());
      return;
    }
    this.#isOver = true;
    if (this.failure) this.emit('error', this.failure);
    else this.emit('end');
  }
}
