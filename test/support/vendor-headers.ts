import type { IncomingHttpHeaders } from 'node:http';
import { expect } from 'vitest';

const NAMES = ['authorization', 'x-auth-token', 'x-auth-identity', 'x-auth-key'];

/** Fails when nothing was received, or with a header in it that only a vendor may see. */
export function expectNoVendorHeader(received: { readonly headers: IncomingHttpHeaders } | undefined): void {
  expect(received).toBeDefined();
  expect(Object.keys(received!.headers).filter((name) => NAMES.includes(name))).toEqual([]);
}
