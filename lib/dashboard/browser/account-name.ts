import type { AccountLabel } from '../../common/errors.js';
import { make } from './dom.js';

/** The API, and the account's own name where it has one. */
export function nameParts({ api, account, tokenParams }: AccountLabel): HTMLElement[] {
  return [
    make('span', 'api', api),
    ...(account === 'default' ? [] : [make('span', 'account', account)]),
    ...(tokenParams === undefined ? [] : [make('span', 'params', tokenParams)]),
  ];
}
