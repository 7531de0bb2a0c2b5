// A vendor's bad day at the push of a button.
import { Controller, HttpCode, NotFoundException, Post } from '@nestjs/common';
import { FakeVendors } from './fake-vendors.js';

@Controller('demo')
export class DemoController {
  constructor(private readonly fakes: FakeVendors) {}

  /** The next call of each API gets a 401, and is repeated with a new token. */
  @Post('revoke')
  @HttpCode(200)
  revoke(): { done: string } {
    if (!this.fakes.verbit && !this.fakes.sparkfly) throw new NotFoundException('There is no fake vendor here');
    this.fakes.revokeTokens();
    return { done: 'The fakes refuse all tokens issued so far. Call an API and watch the console.' };
  }
}
