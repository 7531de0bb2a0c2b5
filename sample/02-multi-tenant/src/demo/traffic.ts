// Callers who know nothing of keys: they call all the time, and count what they get.
import { setTimeout } from 'node:timers/promises';

const PAUSE_MS = 25;

export class Traffic {
  answered = 0;
  failed = 0;
  private readonly end = new AbortController();
  private readonly callers: Promise<void>[];

  constructor(urls: readonly string[]) {
    this.callers = urls.map((url) => this.callOn(url));
  }

  async stop(): Promise<void> {
    this.end.abort();
    await Promise.all(this.callers);
  }

  private async callOn(url: string): Promise<void> {
    while (!this.end.signal.aborted) {
      const response = await fetch(url).catch(() => undefined);
      await response?.text();
      if (response?.ok) this.answered += 1;
      else this.failed += 1;
      await setTimeout(PAUSE_MS);
    }
  }
}
