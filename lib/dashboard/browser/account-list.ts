import type { AccountView } from '../dashboard-wire.js';
import { AccountCard } from './account-card.js';

/** Cards in a list, in the order in which they came; none moves while somebody reads or has the focus in it. */
export class AccountList {
  readonly #list: HTMLElement;
  readonly #cards = new Map<string, AccountCard>();
  #hasButtons = false;

  constructor(list: HTMLElement) {
    this.#list = list;
  }

  get accounts(): AccountView[] {
    return [...this.#cards.values()].map(({ account }) => account);
  }

  put(account: AccountView, now: number): void {
    const card = this.#cards.get(account.key);
    if (card) return card.update(account, now);
    const added = new AccountCard(account, now);
    added.showButton(this.#hasButtons);
    this.#cards.set(account.key, added);
    this.#list.append(added.element);
  }

  remove(key: string): void {
    this.#cards.get(key)?.element.remove();
    this.#cards.delete(key);
  }

  /** Anew, with what is left of these; what was said of a refresh may be long ago. */
  start(keys: ReadonlySet<string>): void {
    for (const [key, card] of this.#cards) {
      if (keys.has(key)) card.forgetOutcome();
      else this.remove(key);
    }
  }

  tick(now: number): void {
    for (const card of this.#cards.values()) card.tick(now);
  }

  showButtons(isShown: boolean): void {
    this.#hasButtons = isShown;
    for (const card of this.#cards.values()) card.showButton(isShown);
  }
}
