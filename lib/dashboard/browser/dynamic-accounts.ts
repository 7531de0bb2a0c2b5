import type { DynamicAccountsView } from '../dashboard-wire.js';
import { byId, icon, make, setText } from './dom.js';
import { STANDING, STANDINGS } from './words.js';

/** How many of the accounts that the app looks up stand how. */
export function showLookedUp(view: DynamicAccountsView | null): void {
  byId('looked-up').hidden = !view;
  if (!view) return;
  const counts = STANDINGS.map((health) => {
    const { word, shape } = STANDING[health];
    const element = make('div', '', make('dt', '', icon(shape), word), make('dd', '', String(view.counts[health])));
    element.dataset['health'] = health;
    return element;
  });
  byId('counts').replaceChildren(...counts);
  const notShown = byId('not-shown');
  notShown.hidden = view.notShown === 0;
  setText(notShown, `${view.notShown} more are in trouble.`);
}
