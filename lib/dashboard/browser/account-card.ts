import type { AccountView } from '../dashboard-wire.js';
import { nameParts } from './account-name.js';
import { BarElement } from './bar-element.js';
import { icon, make, setText } from './dom.js';
import { factsOf } from './facts.js';
import { RefreshButton } from './refresh-button.js';
import { relativeText } from './time.js';
import { meaningText, STANDING } from './words.js';

/** An account: how it stands, its token's life, what went wrong, what was counted. */
export class AccountCard {
  readonly element = make('li', 'card');
  readonly #health = make('p', 'health');
  readonly #meaning = make('p', 'meaning');
  readonly #left = make('p', 'left');
  readonly #bar = new BarElement();
  readonly #facts = make('dl', 'facts');
  readonly #button: RefreshButton;
  #account: AccountView;

  constructor(account: AccountView, now: number) {
    this.#account = account;
    this.#button = new RefreshButton(account);
    const name = make('h3', '', ...nameParts(account));
    const head = make('div', 'head', name, this.#health, this.#left, this.#button.element);
    this.element.tabIndex = -1; // the headline leads here
    this.element.append(head, this.#meaning, this.#bar.element, this.#facts, this.#button.outcome);
    this.update(account, now);
  }

  get account(): AccountView {
    return this.#account;
  }

  update(account: AccountView, now: number): void {
    this.#account = account;
    const { health, isAsking } = account;
    if (this.element.dataset['health'] !== health) {
      this.element.dataset['health'] = health;
      const { word, shape } = STANDING[health];
      this.#health.replaceChildren(icon(shape), word);
    }
    this.element.dataset['asking'] = String(isAsking);
    this.#button.update(account);
    this.#facts.replaceChildren(...factsOf(account, now));
    this.tick(now);
  }

  /** What moves with time alone. */
  tick(now: number): void {
    const { expiresAt, isAsking } = this.#account;
    setText(this.#meaning, meaningText(this.#account, now));
    const life =
      expiresAt === undefined
        ? 'no token'
        : `${now < expiresAt ? 'expires' : 'expired'} ${relativeText(expiresAt, now)}`;
    setText(this.#left, isAsking ? 'asking the vendor' : life);
    this.#bar.update(this.#account, now);
    for (const each of this.#facts.querySelectorAll<HTMLElement>('[data-at]')) {
      setText(each, relativeText(Number(each.dataset['at']), now));
    }
  }

  forgetOutcome(): void {
    this.#button.forgetOutcome();
  }

  showButton(isShown: boolean): void {
    this.#button.element.hidden = !isShown;
  }
}
