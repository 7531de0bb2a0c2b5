import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Service } from './faulty-server.js';

/** A JWT with these claims; nobody here checks a signature. */
export function jwt(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ jti: randomBytes(8).toString('hex'), ...claims })}.x`;
}

/** What the token endpoint and the API of one vendor both know: the tokens, and until when they live. */
export class Vendor {
  /** Calls with a token that was never issued, or has died: each is a mistake of the client's. */
  deadTokensSeen = 0;
  /** The answer to every token, good or bad. */
  refusesAllTokens = false;
  /** The key that buys a token; any, if absent. */
  key: string | undefined;
  readonly #lifetimeMs: number;
  readonly #now: () => number;
  readonly #lives = new Map<string, number>();
  #slept = 0;

  /** @param now the vendor's time, of which no clock of the client's knows */
  constructor(lifetimeMs: number, now: () => number) {
    this.#lifetimeMs = lifetimeMs;
    this.#now = now;
  }

  /** Time passes here while the client sleeps. */
  elapse(ms: number): void {
    this.#slept += ms;
  }

  /** Writes a token into the books. */
  note(token: string): string {
    this.#lives.set(token, this.#now() + this.#slept + this.#lifetimeMs);
    return token;
  }

  /** `POST /auth` of Verbit, and that of Sparkfly. */
  readonly tokenEndpoint: Service = (request, response) => {
    if (request.headers['x-auth-key'] !== undefined) {
      response.writeHead(204, { 'X-Auth-Token': this.note(randomBytes(32).toString('hex')) }).end();
      return;
    }
    const iat = Date.now() / 1_000;
    const answer = (): void => json(response, { data: { token: this.note(jwt({ iat, exp: iat + this.#seconds })) } });
    if (this.key === undefined) return answer();
    void bodyOf(request).then((body) => (body.includes(`"${this.key}"`) ? answer() : response.writeHead(401).end()));
  };

  readonly api: Service = ({ headers }, response) => {
    const token = headers.authorization?.replace(/^Bearer /, '') ?? String(headers['x-auth-token']);
    const isAlive = this.#now() + this.#slept < (this.#lives.get(token) ?? -Infinity);
    if (!isAlive) this.deadTokensSeen++;
    if (isAlive && !this.refusesAllTokens) json(response, { id: 7 });
    else response.writeHead(401).end();
  };

  get #seconds(): number {
    return this.#lifetimeMs / 1_000;
  }
}

export function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  await new Promise((resolve) => request.once('end', resolve));
  return body;
}
