// Acme, played: a ticket is good for one warehouse and a few seconds.
import type { Answer, Call } from './local-server.js';
import { LocalServer, newSecret } from './local-server.js';

const TICKET_SECONDS = 3;

interface SessionRequest {
  readonly app: { readonly id: string; readonly key: string };
  readonly warehouse: string;
}

export class FakeAcme extends LocalServer {
  readonly appId = 'sample-03';
  readonly appKey = newSecret();
  private readonly tickets = new Map<string, { readonly warehouse: string; readonly endsAt: number }>();

  protected override answer({ what, headers, body }: Call): Answer {
    if (what === 'POST /sessions') return this.openSession(JSON.parse(body) as SessionRequest);
    const ticket = this.tickets.get(String(headers['x-acme-ticket']));
    if (!ticket || ticket.endsAt <= Date.now()) return { status: 401, json: { problem: 'no such ticket' } };
    if (what === 'GET /parcels') return { status: 200, json: parcelsIn(ticket.warehouse) };
    return { status: 404, json: { problem: 'no such page' } };
  }

  private openSession({ app, warehouse }: SessionRequest): Answer {
    // Unkindly, it echoes the key.
    if (app.id !== this.appId || app.key !== this.appKey) {
      return { status: 403, json: { problem: `the key ${app.key} opens nothing here` } };
    }
    const ticket = newSecret();
    this.tickets.set(ticket, { warehouse, endsAt: Date.now() + TICKET_SECONDS * 1_000 });
    return { status: 201, json: { session: { ticket, seconds: TICKET_SECONDS } } };
  }
}

const parcelsIn = (warehouse: string): unknown => [1, 2].map((n) => ({ id: `${warehouse}-${n}`, warehouse }));
