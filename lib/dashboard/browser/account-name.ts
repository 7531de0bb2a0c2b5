import type { AccountLabel } from '../../common/errors.js';
import { make } from './dom.js';

/** The API, and the account's own name where it has one. */
export function nameParts({ api, account, tokenParams, dynamic }: AccountLabel): HTMLElement[] {
  return [
    make('span', 'api', api),
    ...(account === 'default' && !dynamic ? [] : [make('span', 'account', account)]),
    ...(tokenParams === undefined ? [] : [make('span', 'params', tokenParams)]),
  ];
}
