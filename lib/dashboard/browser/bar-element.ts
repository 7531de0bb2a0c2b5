import type { AccountView } from '../dashboard-wire.js';
import { make, setText } from './dom.js';
import { lifeBar, lifeBarText } from './life-bar.js';
import { setMoment } from './moment.js';
import { clockText } from './time.js';

/** A token's life, drawn. Places are set through the style object: the page's policy forbids style attributes. */
export class BarElement {
  readonly #track = make('div', 'track', make('i', 'window'), make('i', 'lived'), make('i', 'now'));
  readonly #issued = make('time', '');
  readonly #refresh = make('time', '');
  readonly #expiry = make('time', '');
  readonly #scale = make(
    'div',
    'scale',
    make('span', 'issued', 'issued ', this.#issued),
    make('span', 'refresh', 'refresh from ', this.#refresh),
    make('span', 'expiry', make('span', 'verb', 'expires'), ' ', this.#expiry),
  );
  readonly element = make('div', 'bar', this.#track, this.#scale);

  constructor() {
    this.#track.setAttribute('role', 'img');
    this.#scale.setAttribute('aria-hidden', 'true'); // the label of the bar says it all
  }

  update(account: AccountView, now: number): void {
    const bar = lifeBar(account, now);
    const { requestedAt = 0, expiresAt = 0, refreshesAt } = account;
    this.element.dataset['life'] = bar ? (bar.isOver ? 'over' : 'lives') : 'none';
    const label = lifeBarText(account, now);
    if (this.#track.ariaLabel !== label) this.#track.ariaLabel = label;
    this.#scale.hidden = !bar;
    if (!bar) return;
    this.#track.style.setProperty('--now', String(bar.now));
    this.#track.style.setProperty('--refresh', String(bar.refreshFrom ?? 1));
    setMoment(this.#issued, requestedAt, clockText(requestedAt, now));
    setMoment(this.#refresh, refreshesAt ?? expiresAt, clockText(refreshesAt ?? expiresAt, now));
    this.#refresh.parentElement!.hidden = refreshesAt === undefined;
    setMoment(this.#expiry, expiresAt, clockText(expiresAt, now));
    setText(this.#expiry.parentElement!.querySelector('.verb')!, bar.isOver ? 'expired' : 'expires');
  }
}
