import { randomUUID } from 'node:crypto';
import type { InternalAxiosRequestConfig } from 'axios';

/** A body that is gone once read: Node and web streams, the npm `form-data` package. */
export function isOneShot(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  const { pipe, getReader } = body as { pipe?: unknown; getReader?: unknown };
  return typeof pipe === 'function' || typeof getReader === 'function';
}

/**
 * A boundary for a `FormData` body. axios draws a new one for each transport call, unless the content type has one;
 * with it the replay is byte-identical.
 */
export function pinnedContentType({ data, headers }: InternalAxiosRequestConfig): string | undefined {
  if (!(data instanceof FormData)) return undefined;
  const present = String(headers.getContentType() ?? '');
  return /boundary=/i.test(present) ? undefined : `multipart/form-data; boundary=form-${randomUUID()}`;
}
