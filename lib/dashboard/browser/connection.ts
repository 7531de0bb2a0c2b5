import type { Change, Snapshot } from '../dashboard-wire.js';

export interface Listener {
  snapshot(snapshot: Snapshot): void;
  change(change: Change): void;
  beat(now: number): void;
  lost(): void;
}

/** The server says something every ten seconds, if only that it is there. */
const SILENCE_MS = 25_000;
/** A browser tries again by itself when a connection broke, not when it was refused. */
const AGAIN_MS = 3_000;

/** Listens to the server as long as the page is open. */
export class Connection {
  readonly #listener: Listener;
  #source: EventSource | undefined;
  #silence: number | undefined;

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  open(): void {
    const source = new EventSource('?part=events');
    this.#source = source;
    this.#on<Snapshot>('snapshot', (data) => this.#listener.snapshot(data));
    this.#on<Change>('change', (data) => this.#listener.change(data));
    this.#on<{ now: number }>('beat', ({ now }) => this.#listener.beat(now));
    source.addEventListener('error', () => {
      this.#listener.lost();
      if (source.readyState === EventSource.CLOSED) this.#again();
    });
    this.#expectMore();
  }

  #on<Data>(type: string, handle: (data: Data) => void): void {
    this.#source!.addEventListener(type, (event: MessageEvent<string>) => {
      this.#expectMore();
      handle(JSON.parse(event.data) as Data);
    });
  }

  /** A connection can be dead without anybody saying so. */
  #expectMore(): void {
    window.clearTimeout(this.#silence);
    this.#silence = window.setTimeout(() => {
      this.#listener.lost();
      this.#again(0);
    }, SILENCE_MS);
  }

  #again(afterMs = AGAIN_MS): void {
    window.clearTimeout(this.#silence);
    this.#source?.close();
    this.#silence = window.setTimeout(() => this.open(), afterMs);
  }
}
