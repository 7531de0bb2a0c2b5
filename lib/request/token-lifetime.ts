import { decodeJwt } from 'jose/jwt/decode';
import { LONGEST_LIFETIME_MS } from '../common/defaults.js';

export interface LifetimeOptions {
  /** What the vendor documents. */
  readonly documentedMs: number;
  /** The account's `tokenLifetimeMs`: an opaque token's life; a JWT's can only be shortened by it. */
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
  const { documentedMs, configuredMs, responseDate } = options;
  const claims = claimsOf(token);
  if (!claims) return configuredMs ?? documentedMs;
  return Math.min(jwtLifetimeMs(claims, responseDate) ?? documentedMs, configuredMs ?? Infinity);
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
