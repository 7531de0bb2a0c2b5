import type { TokenStanding } from '../../token/token-standing.js';
import { byId, make } from './dom.js';
import type { OverallPart } from './words.js';

/** How all accounts stand; each part about trouble leads to the first account that has it. */
export class Headline {
  readonly #element = byId('overall');
  readonly #ways: Partial<Record<TokenStanding, HTMLButtonElement>> = {
    down: wayTo('down'),
    failing: wayTo('failing'),
  };

  show(parts: readonly OverallPart[], rest: string, standing: TokenStanding): void {
    this.#element.dataset['standing'] = standing;
    if (this.#element.textContent === parts.map(({ text }) => text).join(', ') + rest) return;
    const focused = document.activeElement;
    const nodes = parts.map((part, i) => this.#nodeOf(part, i < parts.length - 1 ? ',' : ''));
    this.#element.replaceChildren(...nodes.flatMap((node, i) => (i === 0 ? [node] : [' ', node])), rest);
    if (focused instanceof HTMLButtonElement && this.#element.contains(focused)) focused.focus({ preventScroll: true });
  }

  #nodeOf({ text, standing }: OverallPart, comma: string): Node | string {
    const way = standing && this.#ways[standing];
    if (!way) return text + comma;
    way.replaceChildren(text);
    // A button is a piece of its own: the comma behind it would go to the next line alone.
    return make('span', 'part', way, comma);
  }
}

function wayTo(standing: TokenStanding): HTMLButtonElement {
  const button = make('button', 'way');
  button.type = 'button';
  button.addEventListener('click', () => {
    const card = document.querySelector<HTMLElement>(`.card[data-standing='${standing}']`);
    // Of those that the app looks up not all are shown; how many there are is.
    const target = card ?? byId('looked-up-heading');
    target.scrollIntoView({ block: 'center' });
    target.focus({ preventScroll: true });
  });
  return button;
}
