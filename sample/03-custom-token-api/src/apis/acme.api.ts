// Acme: a vendor with a wire format of its own. Names, and pure functions between credentials and bytes: the rest (one
// request however many wait, refresh before the end, retry on 401, no secret in logs) is the library's.
import type { AuthClientOf } from 'nestjs-auth-apis';
import { defineTokenApi } from 'nestjs-auth-apis';

/** What Acme promises to answer. A 2xx that is otherwise counts as no token: what throws below does no harm. */
interface Session {
  readonly ticket: string;
  readonly seconds: number;
}

export const acme = defineTokenApi({
  name: 'acme',
  // Each becomes a required option of the account. Secrets: a value, a pair for a rotation, or a function.
  credentials: ['appId', 'appKey'],
  // Each becomes an option of the account, and of `client.for({ warehouse })`: another warehouse is another token.
  tokenParams: ['warehouse'],
  // Plain options; here, which of two installations.
  settings: { region: ['eu', 'us'] },
  baseURL: ({ region = 'eu' }) => `https://${region}.acme.example/api`,
  tokenURL: 'sessions', // below the base URL
  lifetimeMs: 15 * 60_000, // as documented, for a ticket that does not tell
  placement: { in: 'header', name: 'X-Acme-Ticket' },

  request: ({ url, credentials: { appId, appKey }, tokenParams: { warehouse } }) => ({
    method: 'POST',
    url,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ app: { id: appId, key: appKey }, warehouse }),
  }),
  parseResponse({ json }) {
    const { ticket, seconds } = json.session as Session;
    return { token: ticket, lifetimeMs: seconds * 1_000 };
  },
  // Goes into the message of the error that callers get. An echo of the key is taken out before anybody sees it.
  parseError: ({ json }) => (typeof json.problem === 'string' ? { error: json.problem } : {}),
});

/** What `@InjectAuthClient(acme)` injects: an `HttpService` with `tokens`, `authentication` and `for`, typed by the above. */
export type AcmeClient = AuthClientOf<typeof acme>;
