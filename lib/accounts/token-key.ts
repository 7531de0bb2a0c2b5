import { createHash } from 'node:crypto';
import type { AccountLabel } from '../common/errors.js';
import type { TokenParams } from '../request/round-trip.js';

/** What is left of the digest in labels, characters. */
const SHOWN = 8;

/**
 * Under which a token is kept: the account's id and, if any, a digest of the parameters. An id has no line break, so no
 * two accounts share a key; what stands in the parameters stands in no key.
 */
export function tokenKey(account: string, params?: TokenParams): string {
  const digest = digestOf(params);
  return digest === undefined ? account : `${account}\n${digest}`;
}

/** How a token with parameters is told from the account's other ones: their names, and the beginning of the digest. */
export function tokenLabel(api: string, account: string, params?: TokenParams): AccountLabel {
  const digest = digestOf(params);
  if (digest === undefined) return { api, account };
  return { api, account, params: `${namesOf(params).join(', ')} ${digest.slice(0, SHOWN)}` };
}

function digestOf(params: TokenParams | undefined): string | undefined {
  const names = namesOf(params);
  if (names.length === 0) return undefined;
  const text = JSON.stringify(names.map((name) => [name, params![name]]));
  return createHash('sha256').update(text).digest('base64url');
}

const namesOf = (params: TokenParams = {}): string[] =>
  Object.keys(params)
    .filter((name) => params[name] !== undefined)
    .sort();
