import { Inject, Post, Query, Req, Res } from '@nestjs/common';
import { type HttpRequest, PageReply } from './page-reply.js';
import { RefreshDesk } from './refresh-desk.js';
import { foreignness } from './same-site.js';

/** What the "Refresh now" buttons ask; there is no such route where they are not allowed. */
export class AuthApisRefreshController {
  readonly #desk: RefreshDesk;
  readonly #reply: PageReply;

  constructor(@Inject(RefreshDesk) desk: RefreshDesk, @Inject(PageReply) reply: PageReply) {
    this.#desk = desk;
    this.#reply = reply;
  }

  /** Without an account it says no more than that the guards let it through: the page shows its buttons then. */
  @Post()
  async refresh(
    @Query() { api, account, tokenParams, dynamic }: Readonly<Record<string, unknown>>,
    @Req() request: HttpRequest,
    @Res() response: object,
  ): Promise<void> {
    const foreign = foreignness((request.raw ?? request).headers);
    if (foreign) return this.#reply.sendJson(response, 403, { message: `Only the page itself may ask: ${foreign}` });
    if (api === undefined) return this.#reply.sendJson(response, 200, { message: 'You may refresh' });
    const { status, answer, retryAfterMs } = await this.#desk.refresh({ api, account, tokenParams, dynamic });
    this.#reply.sendJson(response, status, answer, retryAfter(retryAfterMs));
  }
}

function retryAfter(ms: number | undefined): Record<string, string> {
  return ms === undefined ? {} : { 'Retry-After': String(Math.max(1, Math.ceil(ms / 1_000))) };
}
