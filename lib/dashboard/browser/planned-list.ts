import type { AccountView } from '../dashboard-wire.js';
import { nameParts } from './account-name.js';
import { byId, make, setText } from './dom.js';
import { moment } from './moment.js';
import { relativeText } from './time.js';

const MOST = 5;

interface Planned {
  readonly account: AccountView;
  readonly at: number;
  readonly what: string;
}

/** The attempts that come next; of accounts in the options, for others are asked for while somebody uses them. */
export class PlannedList {
  readonly #list = byId('planned');
  readonly #empty = byId('no-planned');
  #shown = '';

  update(accounts: readonly AccountView[], now: number): void {
    const next = accounts
      .flatMap(plannedOf)
      .sort((a, b) => a.at - b.at)
      .slice(0, MOST);
    const shown = JSON.stringify(next.map(({ account, at, what }) => [account.key, at, what]));
    if (shown !== this.#shown) this.#list.replaceChildren(...next.map((each) => row(each, now)));
    this.#shown = shown;
    this.#empty.hidden = next.length > 0;
    for (const time of this.#list.querySelectorAll('time')) setText(time, whenText(Date.parse(time.dateTime), now));
  }
}

function plannedOf(account: AccountView): Planned[] {
  const { nextAttemptAt, refreshesAt, isConfigured, isPlanned } = account;
  if (!isPlanned || !isConfigured) return [];
  if (nextAttemptAt !== undefined) return [{ account, at: nextAttemptAt, what: 'retry' }];
  return refreshesAt === undefined ? [] : [{ account, at: refreshesAt, what: 'refresh' }];
}

function row({ account, at, what }: Planned, now: number): HTMLElement {
  const who = make('span', 'who', ...nameParts(account));
  return make('li', '', who, make('span', 'what', what), moment(at, now, whenText(at, now)));
}

const whenText = (at: number, now: number): string => (at <= now ? 'due' : relativeText(at, now));
