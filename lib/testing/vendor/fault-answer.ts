import type { Answer } from './answer.js';
import type { Call } from './call.js';
import type { FakeFault } from './fault-queue.js';
import type { VendorWire } from './vendor-wire.js';

/** A body that no JSON parser takes for whole. */
const UNFINISHED_JSON = '{"';

/** What a scripted fault puts on the wire; where it leaves things open, the vendor's own words. */
export function faultAnswer(fault: FakeFault, call: Call, wire: VendorWire): Answer {
  const cut = fault.action === 'truncate';
  const status = fault.status ?? (cut ? 200 : 500);
  const own = status >= 400 ? ownError(fault, call, wire, status) : { headers: {}, body: cut ? UNFINISHED_JSON : '' };
  const body = fault.body === undefined ? own.body : serialize(fault.body);
  const type = { 'Content-Type': body ? 'application/json' : undefined };
  // Names in another case replace as well: setting a header does that.
  return { status, headers: { ...own.headers, ...type, ...fault.headers }, body };
}

function ownError({ on }: FakeFault, call: Call, wire: VendorWire, status: number): Answer {
  return on === 'api' && status === 401 ? wire.unauthorized(call, 'revoked') : wire.failure(call, status);
}

function serialize(body: unknown): string | Uint8Array {
  return typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
}
