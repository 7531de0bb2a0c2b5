import { LONGEST_ACCOUNT_ID } from './defaults.js';
import { AccountError } from './errors.js';

/** Why something cannot be an account's name or id; `undefined` when it can. It will stand in log lines. */
export function accountIdProblem(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.trim() === '' || /[\p{Cc}\u2028\u2029]/u.test(value)) {
    return 'must be a string of one line that is not empty';
  }
  return value.length > LONGEST_ACCOUNT_ID ? `must not be longer than ${LONGEST_ACCOUNT_ID} characters` : undefined;
}

/** Nobody can have that name or id. @param problem what `accountIdProblem` says of it */
export function unusableName(problem: string, api?: string): AccountError {
  const what = `the name or id of an account ${problem}`;
  return new AccountError('UNKNOWN_ACCOUNT', api === undefined ? what : `${api}: ${what}`, { api });
}
