import type { Change, Snapshot } from '../dashboard-wire.js';
import { ownUrl } from './own-url.js';

export interface Listener {
  snapshot(snapshot: Snapshot): void;
  change(change: Change): void;
  beat(now: number): void;
  lost(): void;
  /** Whoever looks may not any more. */
  refused(): void;
}

/** The server says something every ten seconds, if only that it is there. */
const SILENCE_MS = 25_000;
/** The server ends each connection now and then, and the browser is back in a second. */
const DOUBT_MS = 2_500;
/** A browser tries again by itself when a connection broke, not when it was refused. */
const AGAIN_MS = 3_000;

/**
 * Listens to the server as long as somebody can see the page: each open tab takes one of the six connections that
 * browsers allow to a server. What a tab has missed, the snapshot brings.
 */
export class Connection {
  readonly #listener: Listener;
  #source: EventSource | undefined;
  #silence: number | undefined;
  #doubt: number | undefined;

  constructor(listener: Listener) {
    this.#listener = listener;
    document.addEventListener('visibilitychange', () => this.open());
  }

  open(): void {
    this.#close();
    if (document.hidden) return;
    const source = new EventSource(ownUrl('part=events'));
    this.#source = source;
    this.#on<Snapshot>('snapshot', (data) => this.#listener.snapshot(data));
    this.#on<Change>('change', (data) => this.#listener.change(data));
    this.#on<{ now: number }>('beat', ({ now }) => this.#listener.beat(now));
    source.addEventListener('error', () => {
      if (source.readyState !== EventSource.CLOSED) {
        this.#doubt ??= window.setTimeout(() => this.#listener.lost(), DOUBT_MS);
        return;
      }
      this.#listener.lost();
      void this.#askWhy();
      this.#again();
    });
    this.#expectMore();
  }

  #on<Data>(type: string, handle: (data: Data) => void): void {
    this.#source!.addEventListener(type, (event: MessageEvent<string>) => {
      this.#expectMore();
      handle(JSON.parse(event.data) as Data);
    });
  }

  /** An `EventSource` does not tell. A login page that one is sent to is a no as well. */
  async #askWhy(): Promise<void> {
    const answer = await fetch(ownUrl('part=style'), { method: 'HEAD', cache: 'no-store' }).catch(() => undefined);
    if (answer && (answer.redirected || answer.status === 401 || answer.status === 403)) this.#listener.refused();
  }

  /** A connection can be dead without anybody saying so. */
  #expectMore(): void {
    this.#stopWaiting();
    this.#silence = window.setTimeout(() => {
      this.#listener.lost();
      this.#again(0);
    }, SILENCE_MS);
  }

  #again(afterMs = AGAIN_MS): void {
    this.#close();
    this.#silence = window.setTimeout(() => this.open(), afterMs);
  }

  #close(): void {
    this.#stopWaiting();
    this.#source?.close();
  }

  #stopWaiting(): void {
    window.clearTimeout(this.#silence);
    window.clearTimeout(this.#doubt);
    this.#doubt = undefined;
  }
}
