import { LONGEST_ORIGIN } from '../common/defaults.js';
import { AccountError, type AccountLabel } from '../common/errors.js';
import { accountText } from '../common/messages.js';
import { oneLine } from '../common/one-line.js';
import type { Site } from '../config/site.js';

/** Another token must not go out in its place. */
export function missingName(api?: string): AccountError {
  const what = 'the name or id of an account is missing, `authApis.account` is there without a value';
  const message = api ? `${api}: ${what}` : what;
  return new AccountError('UNKNOWN_ACCOUNT', message, { api });
}

/** A client, or a site, without an account of its own. */
export function noAccount(api: string): AccountError {
  const message =
    `The accounts of ${api} are looked up by id, and this call names none: ` +
    'use `client.for(id)`, or say `authApis: { account: id }`';
  return new AccountError('AMBIGUOUS_ACCOUNT', message, { api });
}

/** Who names an account wants its token: without it the call would fail further on, and say less. */
export function originNotAllowed(label: AccountLabel, { baseURL }: Site, origin = 'a URL that is none'): AccountError {
  const message =
    `${accountText(label)} sends no token to ${oneLine(origin, LONGEST_ORIGIN)}: naming an account changes the token, not the host. ` +
    `Use that account's own client, whose base URL is ${baseURL}`;
  return new AccountError('ORIGIN_NOT_ALLOWED', message, label);
}
