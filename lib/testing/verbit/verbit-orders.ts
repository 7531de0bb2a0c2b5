import { json, type Answer } from '../vendor/answer.js';
import type { Call } from '../vendor/call.js';
import { SAMPLE_ORDER_ID_MAX } from '../vendor/fake-defaults.js';
import { isRecord } from '../vendor/option-checks.js';
import { readJson } from './verbit-body.js';
import { VerbitProblem } from './verbit-envelope.js';

type Order = Readonly<Record<string, unknown>>;

/** The orders of a fake Verbit account: those created, and samples that are always there. */
export class VerbitOrders {
  readonly #orders = new Map<string, Order>();
  #lastId = SAMPLE_ORDER_ID_MAX;

  create(call: Call): Answer {
    const body = call.body.length > 0 ? readJson(call) : {};
    if (!isRecord(body)) throw new VerbitProblem(400, 'schema_validation_error', 'An order must be an object.');
    this.#lastId += 1;
    return json(201, this.#keep({ status: 'created', ...body, id: this.#lastId }));
  }

  show(id: string): Answer {
    return json(200, this.#find(id));
  }

  cancel(id: string): Answer {
    return json(200, this.#keep({ ...this.#find(id), status: 'cancelled' }));
  }

  #keep(order: Order): Order {
    this.#orders.set(String(order['id']), order);
    return order;
  }

  #find(id: string): Order {
    const order = this.#orders.get(id) ?? sampleOrder(id);
    if (!order) throw new VerbitProblem(404, 'not_found', 'There is no such order.');
    return order;
  }
}

/** The same for the same id, always. */
function sampleOrder(id: string): Order | undefined {
  if (!/^\d+$/.test(id) || Number(id) > SAMPLE_ORDER_ID_MAX) return undefined;
  return { id: Number(id), name: `Sample order ${Number(id)}`, status: 'completed', language: 'en-US' };
}
