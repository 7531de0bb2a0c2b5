// A play in two acts: what you could type into another terminal, typed for you. It calls the fakes only.
import type { OnModuleDestroy } from '@nestjs/common';
import { Injectable, Logger } from '@nestjs/common';
import { setTimeout } from 'node:timers/promises';
import { FakeVendors } from './fake-vendors.js';

const BEFORE_AN_ACT_MS = 1_500;

@Injectable()
export class Demo implements OnModuleDestroy {
  private readonly logger = new Logger('Demo');
  private readonly end = new AbortController();

  constructor(private readonly fakes: FakeVendors) {}

  /** @param url where the app listens */
  play(url: string): void {
    const { verbit, sparkfly } = this.fakes;
    this.say(`Verbit is ${verbit ? 'a fake: set VERBIT_API_KEY for the real one' : 'called with your API key'}.`);
    this.say(
      `Sparkfly is ${sparkfly ? 'a fake: set SPARKFLY_IDENTITY and SPARKFLY_KEY for the real one' : 'called with your key'}.`,
    );
    const calls = [...(sparkfly ? [`${url}/offers`] : []), ...(verbit ? [`${url}/orders/7`] : [])];
    if (calls.length === 0) return;
    this.acts(calls, `${url}/demo/revoke`).catch((error: unknown) => {
      if (!this.end.signal.aborted) this.say(`It ends early: ${String(error)}`);
    });
  }

  onModuleDestroy(): void {
    this.end.abort();
  }

  private async acts(calls: string[], revoke: string): Promise<void> {
    await this.pause();
    this.say('Act 1: ordinary calls. The tokens are there already, nobody waits for them.');
    for (const url of calls) await this.send('GET', url);
    await this.pause();
    this.say('Act 2: the vendors revoke all tokens. The next calls are refused, and repeated with new tokens.');
    await this.send('POST', revoke);
    for (const url of calls) await this.send('GET', url);
    this.say('The end. From here on nobody calls, and still each token is refreshed before it dies. Watch!');
    this.say(`For act 2 once more: curl -X POST ${revoke}, then call again.`);
  }

  private async send(method: string, url: string): Promise<void> {
    const response = await fetch(url, { method, signal: this.end.signal });
    await response.text();
  }

  private pause(): Promise<void> {
    return setTimeout(BEFORE_AN_ACT_MS, undefined, { signal: this.end.signal });
  }

  private say(what: string): void {
    this.logger.log(what);
  }
}
