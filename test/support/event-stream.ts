import type { IncomingMessage } from 'node:http';
import { get } from 'node:http';
import { onTestFinished } from 'vitest';
import type { Change, Snapshot } from '../../lib/dashboard/dashboard-wire.js';

interface Message {
  readonly event: string;
  readonly data: Snapshot & Change;
}

/** What the page hears, read as the page would. */
export class EventStream {
  readonly #response: IncomingMessage;
  readonly #messages: Message[] = [];
  #rest = '';
  text = '';
  hasEnded = false;

  private constructor(response: IncomingMessage) {
    this.#response = response;
    response.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    response.once('close', () => (this.hasEnded = true)).on('error', () => undefined);
  }

  /** Not by `fetch`: when that is aborted it opens another connection, which the server waits for when it closes. */
  static async open(url: string): Promise<EventStream> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = get(`${url}?part=events`, { agent: false }, resolve).once('error', reject);
      onTestFinished(() => void request.destroy());
    });
    return new EventStream(response);
  }

  get status(): number | undefined {
    return this.#response.statusCode;
  }

  /** The next message of a kind that satisfies. */
  async next(event: 'snapshot' | 'change' | 'beat', satisfies: (data: Message['data']) => boolean = () => true) {
    for (;;) {
      const message = this.#messages.shift();
      if (message?.event === event && satisfies(message.data)) return message.data;
      if (!message && this.hasEnded) throw new Error(`the stream ended without ${event}`);
      if (!message) await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  close(): void {
    this.#response.destroy();
  }

  #read(text: string): void {
    this.text += text;
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop()!;
    for (const block of blocks) this.#messages.push(parsed(block));
  }
}

function parsed(block: string): Message {
  const [, event = '', data = ''] = /^event: (\w+)\ndata: (.*)$/m.exec(block) ?? [];
  return { event, data: JSON.parse(data) as Message['data'] };
}
