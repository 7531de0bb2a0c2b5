import { decodeJwt } from 'jose/jwt/decode';
import { LONGEST_LIFETIME_MS } from '../common/defaults.js';

export interface LifetimeOptions {
  /** What the vendor documents. */
  readonly documentedMs: number;
  /** What the answer says beside the token, OAuth's `expires_in` for one. */
  readonly toldMs?: number;
  /** The account's `tokenLifetimeMs`: the life of a token that does not tell its own; else it can only shorten it. */
  readonly configuredMs?: number;
  /** The response's `Date` header: the vendor's own clock. */
  readonly responseDate?: string;
}

/**
 * How long a token lives, from the start of its request. A JWT tells: the smaller of `exp - iat` and `exp` minus the
 * response's `Date`. No local clock takes part, so a wrong one does not matter, and a JWT that a vendor hands out a
 * second time is not over-credited. Zero or less: it is dead already.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4
 */
export function tokenLifetimeMs(token: string, options: LifetimeOptions): number {
  const { documentedMs, configuredMs = Infinity, responseDate } = options;
  const toldMs = options.toldMs !== undefined && isCredible(options.toldMs) ? options.toldMs : undefined;
  const claims = claimsOf(token);
  const jwtMs = claims && jwtLifetimeMs(claims, responseDate);
  const ownMs = Math.min(jwtMs ?? Infinity, toldMs ?? Infinity);
  if (ownMs !== Infinity) return Math.min(ownMs, configuredMs);
  return claims ? Math.min(documentedMs, configuredMs) : (options.configuredMs ?? documentedMs);
}

function jwtLifetimeMs({ exp, iat }: Claims, responseDate: string | undefined): number | undefined {
  if (typeof exp !== 'number') return undefined;
  const left = exp * 1_000 - Date.parse(responseDate ?? '');
  if (left <= 0) return left;
  const spans = [(exp - (typeof iat === 'number' ? iat : NaN)) * 1_000, left].filter(isCredible);
  return spans.length ? Math.min(...spans) : undefined;
}

const isCredible = (span: number): boolean => span > 0 && span <= LONGEST_LIFETIME_MS;

/** As they stand in the token: anyone may put anything there. */
interface Claims {
  readonly exp?: unknown;
  readonly iat?: unknown;
}

/** `undefined` for an opaque token. */
function claimsOf(token: string): Claims | undefined {
  try {
    return decodeJwt(token);
  } catch {
    return undefined;
  }
}
