import axios from 'axios';
import type { Place } from './contender.js';

/** A token and when it ends, epoch milliseconds. */
export interface BoughtToken {
  readonly value: string;
  readonly expiresAt: number;
}

/** What an app writes for a vendor's token endpoint, whatever library it hands the token to. */
export async function buyToken({ tokenURL, apiKey }: Place): Promise<BoughtToken> {
  const { data } = await axios.post<{ data: { token: string } }>(tokenURL, { payload: { api_key: apiKey } });
  const value = data.data.token;
  return { value, expiresAt: endOf(value) };
}

/** The vendor's token is a JWT that tells its end. */
function endOf(token: string): number {
  const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { exp: number };
  return claims.exp * 1_000;
}
