// A play in three acts: what you could type into another terminal, typed for you. It calls the fakes only.
import type { OnModuleDestroy } from '@nestjs/common';
import { Injectable, Logger } from '@nestjs/common';
import type { HealthCheckResult } from '@nestjs/terminus';
import type { AuthApisHealthDetails } from 'nestjs-auth-apis/health';
import { setTimeout } from 'node:timers/promises';
import { FakeVendors } from './fake-vendors.js';

const BEFORE_AN_ACT_MS = 1_500;
/** Long enough for the first failure of the outage, and for its end. */
const TROUBLE_BEGINS_MS = 300;
const TROUBLE_ENDS_MS = 3_500;

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
    this.acts(url, calls).catch((error: unknown) => {
      if (!this.end.signal.aborted) this.say(`It ends early: ${String(error)}`);
    });
  }

  onModuleDestroy(): void {
    this.end.abort();
  }

  private async acts(url: string, calls: string[]): Promise<void> {
    await this.pause();
    this.say('Act 1: ordinary calls. The tokens are there already, nobody waits for them.');
    await this.call(calls);
    await this.pause();
    this.say('Act 2: the vendors revoke all tokens. The next calls are refused, and repeated with new tokens.');
    await this.send('POST', `${url}/demo/revoke`);
    await this.call(calls);
    await this.pause();
    this.say(
      'Act 3: a vendor cannot issue tokens for a moment. Calls go on with the one at hand; ask /health how long.',
    );
    await this.send('POST', `${url}/demo/outage`);
    await this.pause(TROUBLE_BEGINS_MS);
    await this.tellHealth(url);
    await this.call(calls);
    await this.pause(TROUBLE_ENDS_MS);
    await this.tellHealth(url);
    await this.tellMetrics(url);
    this.say('The end. From here on nobody calls, and still each token is refreshed before it dies. Watch!');
    this.say(`Once more: curl -X POST ${url}/demo/revoke, or .../demo/outage, then call again.`);
  }

  private async tellHealth(url: string): Promise<void> {
    const { status, details } = JSON.parse(await this.send('GET', `${url}/health`)) as HealthCheckResult;
    const { accounts } = details['vendor-tokens'] as unknown as AuthApisHealthDetails;
    const each = accounts.map(
      ({ api, health, tokenUsableUntil = 'now' }) => `${api} ${health}, good until ${tokenUsableUntil}`,
    );
    this.say(`/health says ${status}: ${each.join('; ')}`);
  }

  private async tellMetrics(url: string): Promise<void> {
    const metrics = await this.send('GET', `${url}/metrics`);
    this.say('/metrics counts token requests, and apart those that failed:');
    for (const [line] of metrics.matchAll(/^auth_apis_token_request_duration_count.*$/gm)) {
      this.say(`  ${line.replace(/,otel_scope[^}]*/, '')}`);
    }
  }

  private async call(urls: string[]): Promise<void> {
    for (const url of urls) await this.send('GET', url);
  }

  private async send(method: string, url: string): Promise<string> {
    const response = await fetch(url, { method, signal: this.end.signal });
    return response.text();
  }

  private pause(ms = BEFORE_AN_ACT_MS): Promise<void> {
    return setTimeout(ms, undefined, { signal: this.end.signal });
  }

  private say(what: string): void {
    this.logger.log(what);
  }
}
