// Globex, played: an OAuth 2.0 server and an API behind its tokens.
import type { Answer, Call } from './local-server.js';
import { LocalServer, newSecret } from './local-server.js';

const TOKEN_SECONDS = 4;

export class FakeGlobex extends LocalServer {
  readonly clientId = 'sample-03';
  readonly clientSecret = newSecret();
  private readonly tokens = new Map<string, number>();

  protected override answer({ what, headers, body }: Call): Answer {
    if (what === 'POST /oauth/token') return this.grant(headers.authorization, new URLSearchParams(body));
    const endsAt = this.tokens.get(String(headers.authorization)) ?? 0;
    if (endsAt <= Date.now()) return { status: 401, json: { error: 'invalid_token' } };
    if (what === 'GET /invoices') return { status: 200, json: [{ number: '2024-117', total: '48.00 EUR' }] };
    return { status: 404, json: { error: 'not_found' } };
  }

  private grant(authorization: string | undefined, form: URLSearchParams): Answer {
    const client = Buffer.from(`${this.clientId}:${this.clientSecret}`).toString('base64');
    if (authorization !== `Basic ${client}`) return { status: 401, json: { error: 'invalid_client' } };
    if (form.get('grant_type') !== 'client_credentials')
      return { status: 400, json: { error: 'unsupported_grant_type' } };
    const token = newSecret();
    this.tokens.set(`Bearer ${token}`, Date.now() + TOKEN_SECONDS * 1_000);
    const scope = form.get('scope');
    return { status: 200, json: { access_token: token, token_type: 'Bearer', expires_in: TOKEN_SECONDS, scope } };
  }
}
