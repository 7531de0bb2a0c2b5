// The story, told from outside: it calls this app over HTTP, as its users do, and has the operator change the table.
import { Injectable } from '@nestjs/common';
import { AuthApis } from 'nestjs-auth-apis';
import { setTimeout } from 'node:timers/promises';
import { Operator } from './operator.js';
import { TenantsSparkfly } from './tenants-sparkfly.js';
import { Traffic } from './traffic.js';

const TENANTS = ['bakery', 'bookshop'];
const A_WHILE_MS = 500;

@Injectable()
export class Story {
  constructor(
    private readonly operator: Operator,
    private readonly sparkfly: TenantsSparkfly,
    private readonly apis: AuthApis,
  ) {}

  /**
   * @param url where the app listens
   * @param stop ends it early
   */
  async play(url: string, stop: AbortSignal): Promise<void> {
    this.operator.addTenant('bakery', 'offers', ['Free croissant', 'Two loaves for one']);
    this.operator.addTenant('bookshop', null, ['Summer reading, 10 % off']);

    say('1. Two tenants, one client. The first call of each looks it up and asks for its token.');
    for (const id of TENANTS) await show(`${url}/tenants/${id}/offers`);

    say('2. From now on their tokens are there. Twenty calls at once:');
    const before = this.sparkfly.tokenRequests;
    await Promise.all([...TENANTS, ...TENANTS].flatMap((id) => fiveCalls(`${url}/tenants/${id}/offers`)));
    console.log(`   Sparkfly was asked for ${this.sparkfly.tokenRequests - before} tokens`);

    say('3. A tenant that is in no row.');
    await show(`${url}/tenants/florist/offers`);

    say('4. The key of the bakery is changed, while both tenants call on.');
    await this.rotateUnderLoad(url, () => setTimeout(A_WHILE_MS, undefined, { signal: stop }));

    say('5. How the accounts are now.');
    for (const { account, state, counters } of this.apis.statuses()) {
      console.log(
        `   ${account}: ${state}, tokens received: ${counters.tokensObtained}, calls repeated: ${counters.callsRetried}`,
      );
    }
  }

  private async rotateUnderLoad(url: string, aWhile: () => Promise<void>): Promise<void> {
    const traffic = new Traffic(TENANTS.map((id) => `${url}/tenants/${id}/offers`));
    try {
      await aWhile();
      const nextKey = this.operator.writeNextKey('bakery');
      console.log('   operator: the row has the next key as well');
      await aWhile();
      this.operator.changeKeyAtVendor('bakery', nextKey);
      console.log('   vendor: takes the next key alone, and the token that the old one bought is dead');
      await aWhile();
      this.operator.dropOldKey('bakery');
      console.log('   operator: the row has the new key alone; to see it used, a token is asked for before its time');
      await this.apis.client('sparkfly', 'bakery').tokens.refresh();
      await aWhile();
    } finally {
      await traffic.stop();
    }
    console.log(`   callers: ${traffic.answered} calls answered, ${traffic.failed} failed`);
  }
}

function say(what: string): void {
  console.log(`\n${what}`);
}

/** What a user sees. */
async function show(url: string): Promise<void> {
  const response = await fetch(url);
  const { pathname } = new URL(url);
  const body = (await response.json()) as { name: string }[] | { message: string };
  const what = Array.isArray(body) ? body.map(({ name }) => name).join(', ') : body.message;
  console.log(`   GET ${pathname} -> ${response.status} ${what}`);
}

function fiveCalls(url: string): Promise<string>[] {
  return Array.from({ length: 5 }, async () => (await fetch(url)).text());
}
