import type { Dispatcher } from 'undici';
import type { Account } from '../accounts/account.js';
import type { Context } from '../common/context.js';
import type { UpstreamResponse } from '../vendors/upstream-response.js';
import { isUnauthorized } from '../interceptor/is-unauthorized.js';
import { type Abortable, LightAbort } from '../common/light-abort.js';
import { authorizedExchange, type Exchange } from '../interceptor/exchange.js';
import { withoutSecret } from '../interceptor/redaction.js';
import type { AccessToken } from '../token/access-token.js';
import { headerValue } from '../vendors/token-placement.js';
import { CallerController } from './caller.controller.js';
import { recorded, RecordedBody } from './recorded-body.js';
import { copyOf, type OwnHeaders, setHeader } from './request-headers.js';
import type { Sending, SendingCall } from './sending.js';
import { tellError, tellStart } from './handlers.js';
import { sendingTo } from './sending-to.js';

/** What a call is made of. */
export interface DispatchedCallParts {
  readonly account: Account;
  readonly context: Context;
  readonly dispatch: Dispatcher.Dispatch;
  readonly request: Dispatcher.DispatchOptions;
  /** A copy of the request's. */
  readonly headers: OwnHeaders;
  readonly handler: Dispatcher.DispatchHandler;
  readonly mayRetry: boolean;
}

/** One authorized call by way of a dispatcher. With a token there it is dispatched in the same tick. */
export class DispatchedCall implements Exchange<Sending>, SendingCall {
  readonly caller = new CallerController();
  readonly handler: Dispatcher.DispatchHandler;
  readonly #account: Account;
  readonly #context: Context;
  readonly #dispatch: Dispatcher.Dispatch;
  readonly #mayRetry: boolean;
  /** As it went out the last time. */
  #request: Dispatcher.DispatchOptions;
  #isSent = false;
  #token: AccessToken | undefined;
  #isTakenOn = true;

  constructor({ account, context, dispatch, request, headers, handler, mayRetry }: DispatchedCallParts) {
    this.#account = account;
    this.#context = context;
    this.#dispatch = dispatch;
    const body = mayRetry ? (recorded(request.body, headers) as never) : request.body;
    // The caller may change it while it waits. A redirect that is followed below would carry the token elsewhere.
    this.#request = Object.assign({}, request, { headers: headers as never, body, maxRedirections: 0 });
    this.handler = handler;
    this.#mayRetry = mayRetry;
  }

  /** @returns what `dispatch` does: whether the dispatcher can take more on right now */
  start(): boolean {
    void authorizedExchange(this.#account.tokens, this).then(release, (error: unknown) =>
      tellError(this.handler, this.caller, error as Error),
    );
    return this.#isTakenOn;
  }

  send(token: AccessToken): Promise<Sending> {
    const { tokenHeader } = this.#account.site;
    let settle!: (sending: Sending) => void;
    const outcome = new Promise<Sending>((resolve) => (settle = resolve));
    this.#context.clock.whileBusy?.(outcome);
    if (this.#isSent) this.#request = Object.assign({}, this.#request, { headers: copyOf(this.#request.headers) });
    this.#isSent = true;
    setHeader(this.#request.headers as OwnHeaders, tokenHeader.name, headerValue(tokenHeader, token.value));
    this.#token = token;
    this.#isTakenOn = this.#dispatch(this.#request, sendingTo(this, settle));
    return outcome;
  }

  isUnauthorized(response: UpstreamResponse): boolean {
    return isUnauthorized(this.#account.site, response, this.#context);
  }

  redacted(error: Error): Error {
    return this.#token ? withoutSecret(error, this.#token.value) : error;
  }

  isRefused({ isRefused }: Sending): boolean {
    return isRefused;
  }

  isAnswered({ isAnswered }: Sending): boolean {
    return isAnswered;
  }

  isRepeatable(): boolean {
    return this.#mayRetry && isRepeatable(this.#request.body);
  }

  discard(sending: Sending): void {
    sending.drop();
  }

  async wait<T>(work: (signal: Abortable) => Promise<T>): Promise<T> {
    const { caller } = this;
    const waiting = new LightAbort();
    caller.onAbort = (reason) => waiting.abort(reason);
    if (!this.#isSent) this.#begin(waiting);
    try {
      caller.throwIfAborted();
      return await work(waiting);
    } finally {
      caller.onAbort = undefined;
    }
  }

  /** Nothing is sent yet: the caller can abort all the same, and nobody else listens to a body that fails meanwhile. */
  #begin(waiting: LightAbort): void {
    const { body } = this.#request;
    if (isStream(body)) body.on('error', (error: Error) => waiting.abort(error));
    tellStart(this.handler, this.caller);
  }
}

const release = (sending: Sending): void => sending.release();

/** A body that gives the same bytes again; all others are gone once read. Of a form undici draws the boundary anew. */
function isRepeatable(body: unknown): boolean {
  if (body === null || body === undefined || typeof body === 'string') return true;
  if (ArrayBuffer.isView(body) || body instanceof ArrayBuffer || body instanceof RecordedBody) return true;
  return isFormOrBlob(body);
}

/** Of any copy of undici. */
const isFormOrBlob = (body: unknown): boolean =>
  /^(FormData|Blob|File)$/.test(String((body as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag]));

const isStream = (body: unknown): body is NodeJS.ReadableStream =>
  typeof (body as { pipe?: unknown } | null | undefined)?.pipe === 'function' &&
  typeof (body as { on?: unknown }).on === 'function';
