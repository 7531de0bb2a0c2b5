import { LONGEST_ACCOUNT_ID } from './defaults.js';

/** Why something cannot be an account's name or id; `undefined` when it can. It will stand in log lines. */
export function accountIdProblem(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.trim() === '' || /[\p{Cc}\u2028\u2029]/u.test(value)) {
    return 'must be a string of one line that is not empty';
  }
  return value.length > LONGEST_ACCOUNT_ID ? `must not be longer than ${LONGEST_ACCOUNT_ID} characters` : undefined;
}
