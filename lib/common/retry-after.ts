import { RETRY_AFTER_CAP_MS } from './defaults.js';

const SECONDS = /^\d+$/;
/** IMF-fixdate, the only form RFC 9110 §5.6.7 lets a server send: `Sun, 06 Nov 1994 08:49:37 GMT`. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Milliseconds that a `Retry-After` header asks to wait (RFC 9110 §10.2.3), at most an hour.
 * Anything that is not exactly one of its two forms counts as absent.
 *
 * @param serverNow the response's own `Date` when it has one, so that a wrong local clock does not matter; epoch ms
 */
export function retryAfterMs(header: string | undefined, serverNow: number): number | undefined {
  const text = header?.trim() ?? '';
  if (SECONDS.test(text)) return Math.min(Number(text) * 1_000, RETRY_AFTER_CAP_MS);
  if (!HTTP_DATE.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.min(Math.max(0, at - serverNow), RETRY_AFTER_CAP_MS);
}
