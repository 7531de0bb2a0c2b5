import { createHash } from 'node:crypto';
import type { AccountLabel } from '../common/errors.js';
import type { TokenParams } from '../request/round-trip.js';

/** What is left of the digest in labels, characters. */
const SHOWN = 8;

/**
 * Under which a token is kept: the account's id and, if any, a digest of the parameters. An id has no line break, so no
 * two accounts share a key; what stands in the parameters stands in no key.
 */
export function tokenKey(account: string, tokenParams?: TokenParams): string {
  const digest = digestOf(tokenParams);
  return digest === undefined ? account : `${account}\n${digest}`;
}

/** How a token with parameters is told from the account's other ones: their names, and the beginning of the digest. */
export function tokenLabel(api: string, account: string, tokenParams?: TokenParams): AccountLabel {
  const digest = digestOf(tokenParams);
  if (digest === undefined) return { api, account };
  return { api, account, tokenParams: `${namesOf(tokenParams).join(', ')} ${digest.slice(0, SHOWN)}` };
}

function digestOf(tokenParams: TokenParams | undefined): string | undefined {
  const names = namesOf(tokenParams);
  if (names.length === 0) return undefined;
  const text = JSON.stringify(names.map((name) => [name, tokenParams![name]]));
  return createHash('sha256').update(text).digest('base64url');
}

const namesOf = (tokenParams: TokenParams = {}): string[] =>
  Object.keys(tokenParams)
    .filter((name) => tokenParams[name] !== undefined)
    .sort();
