// A vendor's bad day at the push of a button.
import { Controller, HttpCode, NotFoundException, Post } from '@nestjs/common';
import { AuthApis } from 'nestjs-auth-apis';
import { FakeVendors } from './fake-vendors.js';

@Controller('demo')
export class DemoController {
  constructor(
    private readonly fakes: FakeVendors,
    private readonly apis: AuthApis,
  ) {}

  /** The next call of each API gets a 401, and is repeated with a new token. */
  @Post('revoke')
  @HttpCode(200)
  revoke(): { done: string } {
    if (this.fakes.names.length === 0) throw new NotFoundException('There is no fake vendor here');
    this.fakes.revokeTokens();
    return { done: 'The fakes refuse all tokens issued so far. Call an API and watch the console.' };
  }

  /** The next token requests fail, while the tokens at hand still live. */
  @Post('outage')
  @HttpCode(200)
  outage(): { done: string } {
    const [api] = this.fakes.names;
    if (!api) throw new NotFoundException('There is no fake vendor here');
    this.fakes.failTokenRequests();
    // Asked for now, so that nobody has to wait for the next refresh.
    this.apis
      .client(api)
      .tokens.refresh()
      .catch(() => {});
    return { done: `The next token requests of ${api} fail. Ask /health, call an API, and watch the console.` };
  }
}
