import { createHmac } from 'node:crypto';

/** A JWT signed with HMAC-SHA256 (RFC 7515, appendix A.1). */
export function signJwt(claims: Readonly<Record<string, unknown>>, secret: Uint8Array): string {
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

function encode(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
