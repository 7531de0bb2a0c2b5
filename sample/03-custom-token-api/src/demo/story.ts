// What an app of yours does all day, in five seconds.
import { Injectable } from '@nestjs/common';
import { InjectAuthClient, isCredentialsRejectedError } from 'nestjs-auth-apis';
import { setTimeout } from 'node:timers/promises';
import type { AcmeClient } from '../apis/acme.api.js';
import { acme } from '../apis/acme.api.js';
import { InvoicesService } from '../invoices.service.js';
import { ParcelsService } from '../parcels.service.js';

const A_WHILE_MS = 4_500;

@Injectable()
export class Story {
  constructor(
    private readonly parcels: ParcelsService,
    private readonly invoices: InvoicesService,
    @InjectAuthClient(acme) private readonly acme: AcmeClient,
  ) {}

  async play(): Promise<void> {
    say('1. Calls. The tokens were asked for when the app started; who comes too early waits for them.');
    show('parcels', await this.parcels.list());
    show('invoices', await this.invoices.list());

    say('2. Another warehouse: another token of the same account.');
    show('parcels', await this.parcels.listAt('hamburg'));

    // Those of the options for as long as the app runs; a further one, such as Hamburg's, while it is used.
    say('3. Nobody calls for a while, and still each token is refreshed before it dies (an unused further one, once).');
    await setTimeout(A_WHILE_MS);

    say('4. So these calls wait for nothing.');
    show('parcels', await this.parcels.list());
    show('invoices', await this.invoices.list());

    say('5. How a wrong key reads: in words of Acme, which echoes the key; here it is taken out.');
    await this.askWithAWrongKey();
  }

  /** The raw authentication API: one request, nothing is remembered, nothing of the account changes. */
  private async askWithAWrongKey(): Promise<void> {
    try {
      await this.acme.authentication.auth({ appKey: 'a-wrong-key' });
    } catch (error) {
      if (!isCredentialsRejectedError(error)) throw error;
      console.log(`   ${error.code}, status ${error.vendorStatus}: ${error.error}`);
    }
  }
}

function say(what: string): void {
  console.log(`\n${what}`);
}

function show(what: string, list: readonly object[]): void {
  console.log(`   ${what}: ${list.map((each) => Object.values(each).join(' ')).join(', ')}`);
}
