import { expect, test } from 'vitest';
import type { TokenPlacement } from '../../../lib/vendors/token-placement.js';
import { headerValue, tokenHeaderOf } from '../../../lib/vendors/token-placement.js';

test.each<[TokenPlacement, string]>([
  [{ scheme: 'Bearer' }, 'Authorization: Bearer t'],
  [{ in: 'header', name: 'X-Auth-Token' }, 'X-Auth-Token: t'],
  [{ in: 'header', name: 'X-Auth-Token', value: 'Token {token}' }, 'X-Auth-Token: Token t'],
  [{ in: 'header', name: 'Authorization', value: 'Token token="{token}"' }, 'Authorization: Token token="t"'],
  // axios treats `Authorization` in a way of its own, whose name the carriers compare as it is written here.
  [{ in: 'header', name: 'authorization', value: 'Key {token}' }, 'Authorization: Key t'],
])('%j puts a token into the header %s', (placement, header) => {
  const { name, ...rest } = tokenHeaderOf(placement);
  expect(`${name}: ${headerValue({ name, ...rest }, 't')}`).toBe(header);
});
