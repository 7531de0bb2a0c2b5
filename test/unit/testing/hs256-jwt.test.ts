import { jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { signJwt } from '../../../lib/testing/verbit/hs256-jwt.js';

const secret = new TextEncoder().encode('a secret of thirty-two characters');

describe('the JWT of the fake', () => {
  it('is one that a JWT library verifies, and refuses under another secret', async () => {
    const token = signJwt({ name: 'grüße', exp: 4_000_000_000.5 }, secret);
    const { payload, protectedHeader } = await jwtVerify(token, secret);
    expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(payload).toEqual({ name: 'grüße', exp: 4_000_000_000.5 });
    await expect(jwtVerify(token, secret.slice(1))).rejects.toThrow('signature verification failed');
  });
});
