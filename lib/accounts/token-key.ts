import { createHash } from 'node:crypto';
import type { AccountLabel } from '../common/errors.js';
import type { TokenParams } from '../request/round-trip.js';

/** What is left of the digest in labels, characters. */
const SHOWN = 8;

/**
 * Under which a token is kept: the account's id and, if any, a digest of the parameters. An id has no line break, so no
 * two accounts share a key; what stands in the parameters stands in no key.
 *
 * @param isFixed the account is one of the options: an id may be the same as its name
 */
export function tokenKey(account: string, tokenParams?: TokenParams, isFixed = false): string {
  const digest = digestOf(tokenParams);
  const key = isFixed ? `\n${account}` : account;
  return digest === undefined ? key : `${key}\n${digest}`;
}

/** The key of the account whose token with parameters has this key; `undefined` for one without parameters. */
export function ownerOf(key: string): string | undefined {
  const at = key.lastIndexOf('\n');
  return at > 0 ? key.slice(0, at) : undefined;
}

/** How a token with parameters is told from the account's other ones: their names, and the beginning of the digest. */
export function tokenLabel(api: string, account: string, tokenParams?: TokenParams, isFixed = false): AccountLabel {
  const digest = digestOf(tokenParams);
  // In one piece: there may be a hundred thousand.
  if (digest === undefined) return isFixed ? { api, account } : { api, account, dynamic: true };
  const text = `${namesOf(tokenParams).join(', ')} ${digest.slice(0, SHOWN)}`;
  return { api, account, tokenParams: text, ...(!isFixed && { dynamic: true }) };
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
