import { Get, Inject, Query, Req, Res } from '@nestjs/common';
import { DashboardFeed } from './dashboard-feed.js';
import { PageFiles } from './page-files.js';
import { type HttpRequest, PageReply } from './page-reply.js';

/**
 * The page and all it consists of, at one URL: `?part=style` is the same path whatever prefix a proxy puts before it, where
 * `style.css` would need a slash at the end of the page's own. (With one, Express has the page too, Fastify not.)
 */
export class AuthApisDashboardController {
  readonly #feed: DashboardFeed;
  readonly #files: PageFiles;
  readonly #reply: PageReply;

  constructor(
    @Inject(DashboardFeed) feed: DashboardFeed,
    @Inject(PageFiles) files: PageFiles,
    @Inject(PageReply) reply: PageReply,
  ) {
    this.#feed = feed;
    this.#files = files;
    this.#reply = reply;
  }

  @Get()
  show(@Query('part') part: unknown, @Req() request: HttpRequest, @Res() response: object): void {
    if (part === 'events') return this.#stream(request, response);
    const file = this.#files.get(part);
    if (file) this.#reply.send(response, 200, file.type, file.text);
    else this.#reply.sendJson(response, 404, { message: 'The page has no such part' });
  }

  #stream(request: HttpRequest, response: object): void {
    const viewer = this.#feed.open();
    if (viewer) return this.#reply.stream(request, response, viewer);
    const message = 'Too many look at once, or the app is shutting down: try again in a moment';
    this.#reply.sendJson(response, 503, { message }, { 'Retry-After': '5' });
  }
}
