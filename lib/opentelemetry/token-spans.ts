import { type Link, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';
import { type AccountLabel, isAuthApisError } from '../common/errors.js';
import type { AccountAttributes } from './account-attributes.js';
import { errorStatus, errorType } from './error-attributes.js';
import { ATTRIBUTE, SPAN } from './names.js';

/** Ten thousand may wait for one token; as many links as the SDK keeps by default, and of those the first. */
const MOST_LINKS = 128;

/** The request under way for one token, and those who wait for it. */
interface Flow {
  request?: Span;
  links: number;
  readonly waits: Set<Span>;
}

/**
 * A span for each token request, and one for each traced call that waits. All who wait share the request, so it is
 * nobody's child: it begins a trace of its own, and they are linked, each to the other.
 */
export class TokenSpans {
  readonly #tracer: Tracer;
  readonly #accounts: AccountAttributes;
  readonly #flows = new Map<AccountLabel, Flow>();

  constructor(tracer: Tracer, accounts: AccountAttributes) {
    this.#tracer = tracer;
    this.#accounts = accounts;
  }

  beginRequest(label: AccountLabel): Span {
    const flow = this.#flowOf(label);
    const links = [...flow.waits].slice(0, MOST_LINKS).map(linkTo);
    const attributes = this.#accounts.of(label);
    const options = { kind: SpanKind.INTERNAL, root: true, attributes, links };
    const request = this.#tracer.startSpan(SPAN.request, options, ROOT_CONTEXT);
    flow.request = request;
    flow.links = links.length;
    if (request.isRecording()) for (const wait of flow.waits) wait.addLink(linkTo(request));
    return request;
  }

  endRequest(label: AccountLabel, request: Span, error: unknown, source?: 'vendor' | 'store'): void {
    const flow = this.#flowOf(label);
    if (flow.request === request) flow.request = undefined;
    this.#letGo(label, flow);
    if (source) request.setAttribute(ATTRIBUTE.source, source);
    this.#end(label, request, error);
  }

  /** @returns `undefined` for who is not traced */
  beginWait(label: AccountLabel): Span | undefined {
    if (!trace.getActiveSpan()?.isRecording()) return undefined;
    const flow = this.#flowOf(label);
    const { request } = flow;
    const links = request?.isRecording() ? [linkTo(request)] : [];
    const attributes = this.#accounts.of(label);
    const wait = this.#tracer.startSpan(SPAN.wait, { kind: SpanKind.INTERNAL, attributes, links });
    flow.waits.add(wait);
    if (request && flow.links++ < MOST_LINKS) request.addLink(linkTo(wait));
    return wait;
  }

  endWait(label: AccountLabel, wait: Span, error: unknown): void {
    const flow = this.#flowOf(label);
    flow.waits.delete(wait);
    this.#letGo(label, flow);
    this.#end(label, wait, error);
  }

  #end(label: AccountLabel, span: Span, error: unknown): void {
    span.setAttributes({ ...errorType(error), ...errorStatus(error) });
    // Our own messages hold no secret, but whose token it is; what a caller left with may be anything.
    const message = isAuthApisError(error) && this.#accounts.isNamed(label) ? error.message : undefined;
    if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message });
    span.end();
  }

  #flowOf(label: AccountLabel): Flow {
    const flow = this.#flows.get(label) ?? { links: 0, waits: new Set() };
    this.#flows.set(label, flow);
    return flow;
  }

  #letGo(label: AccountLabel, { request, waits }: Flow): void {
    if (!request && waits.size === 0) this.#flows.delete(label);
  }
}

const linkTo = (span: Span): Link => ({ context: span.spanContext() });
