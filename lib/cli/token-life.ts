import { decodeJwt } from 'jose/jwt/decode';
import type { TokenExchange } from '../request/token-endpoint.js';
import { tokenLifetimeMs } from '../request/token-lifetime.js';

/** How long a token lives, who says so, and what the vendor documents. */
export interface TokenLife {
  readonly ms: number;
  readonly source: 'token' | 'response' | 'options' | 'documentation';
  readonly documentedMs: number;
  /** When a JWT says it was issued, epoch milliseconds of the vendor's clock. */
  readonly issuedAt?: number;
}

/** @param configuredMs the account's `tokenLifetimeMs` */
export function tokenLife({ token, toldMs, documentedMs, response }: TokenExchange, configuredMs?: number): TokenLife {
  const responseDate = response.headers.date;
  const ms = tokenLifetimeMs(token, { documentedMs, toldMs, configuredMs, responseDate });
  // Whoever tells a life is shorter than one that nobody documents.
  const tells = (told?: number): number =>
    tokenLifetimeMs(token, { documentedMs: Infinity, toldMs: told, responseDate });
  const isOwn = tells(toldMs) === ms;
  const ownBy = tells() === ms ? 'token' : 'response';
  const otherBy = configuredMs === ms ? 'options' : 'documentation';
  return { ms, source: isOwn ? ownBy : otherBy, documentedMs, issuedAt: issuedAt(token) };
}

function issuedAt(token: string): number | undefined {
  try {
    const { iat } = decodeJwt(token);
    return typeof iat === 'number' ? iat * 1_000 : undefined;
  } catch {
    return undefined; // opaque
  }
}
