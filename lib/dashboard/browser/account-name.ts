import type { AccountLabel } from '../../common/errors.js';
import { make } from './dom.js';

/** The API, and the account's own name where it has one. */
export function nameParts({ api, account, params }: AccountLabel): HTMLElement[] {
  return [
    make('span', 'api', api),
    ...(account === 'default' ? [] : [make('span', 'account', account)]),
    ...(params === undefined ? [] : [make('span', 'params', params)]),
  ];
}
