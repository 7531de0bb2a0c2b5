import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../common/clock.js';
import { send, sendTruncated, type Answer } from './answer.js';
import { readCall, type Call } from './call.js';
import type { FakeVendorOptions } from './fake-vendor-options.js';
import { faultAnswer } from './fault-answer.js';
import { FaultQueue } from './fault-queue.js';
import { RequestLog, type FakeRequest } from './request-log.js';
import { allows, findRoute, paramsOf, type Route } from './route.js';
import { Tally } from './tally.js';
import type { TokenBook } from './token-book.js';
import type { VendorWire } from './vendor-wire.js';

/** Where every request goes through: written down, counted, held up, and answered or spoilt. */
export class FrontDesk {
  readonly log = new RequestLog();
  readonly faults = new FaultQueue();
  readonly tally = new Tally();
  latencyMs: number;
  readonly #tokenLatencyMs: number | undefined;
  readonly #wire: VendorWire;
  readonly #tokens: TokenBook<object>;
  readonly #clock: Clock;

  constructor(wire: VendorWire, tokens: TokenBook<object>, clock: Clock, options: FakeVendorOptions) {
    this.latencyMs = options.latencyMs ?? 0;
    this.#tokenLatencyMs = options.tokenLatencyMs;
    this.#wire = wire;
    this.#tokens = tokens;
    this.#clock = clock;
  }

  /** @param wait real time, in milliseconds */
  async serve(request: IncomingMessage, response: ServerResponse, wait: (ms: number) => Promise<void>): Promise<void> {
    const call = await readCall(request);
    const route = findRoute(this.#wire.routes, call);
    const kind = route?.kind ?? 'unknown';
    const entry = this.log.add(call, kind, this.#clock.wallNow());
    this.tally.arrived(kind);
    const fault = this.faults.take(kind);
    const waitMs = this.#latencyOf(kind) + (fault?.delayMs ?? 0);
    if (waitMs > 0) await wait(waitMs);
    if (fault?.action === 'hang' || response.destroyed) return;
    if (fault?.action === 'reset') return void request.socket.resetAndDestroy();

    // Decided only now: what was rotated, revoked or expired during the wait counts.
    const answer = fault ? faultAnswer(fault, call, this.#wire) : this.#decide(call, route);
    entry.status = answer.status;
    this.tally.answered(kind, answer.status);
    const write = fault?.action === 'truncate' ? sendTruncated : send;
    write(response, answer, this.#clock.wallNow());
  }

  #decide(call: Call, route: Route | undefined): Answer {
    if (!route) return this.#wire.failure(call, 404);
    if (!allows(route, call.method)) return withAllow(this.#wire.failure(call, 405), route);
    const verdict = route.kind === 'api' ? this.#tokens.judge(this.#wire.tokenOf(call)) : 'good';
    if (verdict !== 'good') return this.#wire.unauthorized(call, verdict);
    return route.answer(call, ...paramsOf(route, call.path));
  }

  #latencyOf(kind: FakeRequest['kind']): number {
    return kind === 'token' ? (this.#tokenLatencyMs ?? this.latencyMs) : this.latencyMs;
  }
}

function withAllow(answer: Answer, { method }: Route): Answer {
  return { ...answer, headers: { ...answer.headers, Allow: method } };
}
