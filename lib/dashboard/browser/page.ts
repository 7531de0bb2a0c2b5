import type { AccountView, Change, DynamicAccountsView, Snapshot } from '../dashboard-wire.js';
import { AccountList } from './account-list.js';
import { Connection } from './connection.js';
import { byId, setText } from './dom.js';
import { EventList } from './event-list.js';
import { Headline } from './headline.js';
import { showLookedUp } from './dynamic-accounts.js';
import { PlannedList } from './planned-list.js';
import { mayRefresh } from './refresh-button.js';
import { clockText } from './time.js';
import { overallParts, overallStanding } from './words.js';

/** The page: what the server tells, shown; and time, which goes by the server's clock. */
class Page {
  readonly #headline = new Headline();
  readonly #configured = new AccountList(byId('accounts'));
  readonly #troubled = new AccountList(byId('troubled'));
  readonly #planned = new PlannedList();
  readonly #events = new EventList();
  #dynamicAccounts: DynamicAccountsView | null = null;
  #store: Change['store'] = null;
  #offsetMs = 0;
  #heardAt: number | undefined;
  #lostAt: number | undefined;
  #isRefused = false;

  snapshot(snapshot: Snapshot): void {
    this.beat(snapshot.now);
    const keys = new Set(snapshot.accounts.map(({ key }) => key));
    for (const list of this.#lists) list.start(keys);
    this.#events.reset(snapshot.events, this.#now);
    this.change({ ...snapshot, events: [] });
    this.#askForButtons(snapshot.hasRefresh);
  }

  change({ now, accounts = [], gone = [], events = [], dynamicAccounts, store }: Change): void {
    this.beat(now);
    for (const account of accounts) this.#listOf(account).put(account, this.#now);
    for (const key of gone) for (const list of this.#lists) list.remove(key);
    this.#events.add(events, this.#now);
    if (dynamicAccounts !== undefined) {
      this.#dynamicAccounts = dynamicAccounts;
      showLookedUp(dynamicAccounts);
    }
    if (store !== undefined) this.#store = store;
    this.#showOverall();
    this.tick();
  }

  beat(now: number): void {
    this.#offsetMs = now - Date.now();
    this.#heardAt = now;
    const wasLost = this.#isLost;
    this.#lostAt = undefined;
    this.#isRefused = false;
    this.#showConnection();
    if (wasLost) this.#showOverall();
  }

  lost(): void {
    this.#lostAt ??= this.#heardAt ?? this.#now;
    this.#showConnection();
    this.#showOverall();
  }

  refused(): void {
    this.#isRefused = true;
    this.lost();
  }

  /** Every second. */
  tick(): void {
    for (const list of this.#lists) list.tick(this.#now);
    this.#planned.update(this.#accounts, this.#now);
  }

  get #now(): number {
    return Date.now() + this.#offsetMs;
  }

  get #isLost(): boolean {
    return this.#lostAt !== undefined;
  }

  get #lists(): readonly AccountList[] {
    return [this.#configured, this.#troubled];
  }

  get #accounts(): AccountView[] {
    return this.#lists.flatMap(({ accounts }) => accounts);
  }

  #listOf({ isConfigured }: AccountView): AccountList {
    return isConfigured ? this.#configured : this.#troubled;
  }

  #showOverall(): void {
    const accounts = this.#accounts;
    const store = this.#store === 'down' ? '; the store cannot be had' : '';
    if (this.#isLost) this.#headline.show([{ text: 'How they stand now is not known' }], '', 'idle');
    else {
      const health = overallStanding(accounts, this.#dynamicAccounts);
      this.#headline.show(overallParts(accounts, this.#dynamicAccounts), store, health);
    }
    byId('no-accounts').hidden = accounts.some(({ isConfigured }) => isConfigured);
  }

  #showConnection(): void {
    const element = byId('connection');
    element.dataset['state'] = this.#isLost ? 'lost' : 'live';
    document.body.dataset['connection'] = this.#isLost ? 'lost' : 'live';
    setText(element, this.#isLost ? this.#lostText() : 'Live');
  }

  #lostText(): string {
    const since = clockText(this.#lostAt!, this.#now);
    return this.#isRefused
      ? `You may not look at this any more: sign in again and reload. What is shown is from ${since}`
      : `Connection lost since ${since}. Trying again`;
  }

  #askForButtons(hasRefresh: boolean): void {
    const show = (isShown: boolean): void => {
      for (const list of this.#lists) list.showButtons(isShown);
    };
    if (hasRefresh) void mayRefresh().then(show);
    else show(false);
  }
}

const page = new Page();
new Connection(page).open();
setInterval(() => page.tick(), 1_000);
