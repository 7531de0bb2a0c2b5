// Callers who know of no replica and no token: so many calls a second, and a count of how they end.

const EVERY_MS = 25;

export class Traffic {
  answered = 0;
  failed = 0;
  private readonly timer: NodeJS.Timeout;
  private readonly underWay = new Set<Promise<void>>();

  constructor(url: string) {
    this.timer = setInterval(() => {
      const call = this.call(url).finally(() => this.underWay.delete(call));
      this.underWay.add(call);
    }, EVERY_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.underWay);
  }

  private async call(url: string): Promise<void> {
    const response = await fetch(url).catch(() => undefined);
    await response?.text().catch(() => '');
    if (response?.ok) this.answered += 1;
    else this.failed += 1;
  }
}
