import type { TokenHealth } from '../../token/token-health.js';
import { byId, make } from './dom.js';
import type { OverallPart } from './words.js';

/** How all accounts stand; each part about trouble leads to the first account that has it. */
export class Headline {
  readonly #element = byId('overall');
  readonly #ways: Partial<Record<TokenHealth, HTMLButtonElement>> = {
    down: wayTo('down'),
    failing: wayTo('failing'),
  };

  show(parts: readonly OverallPart[], rest: string, health: TokenHealth): void {
    this.#element.dataset['health'] = health;
    if (this.#element.textContent === parts.map(({ text }) => text).join(', ') + rest) return;
    const focused = document.activeElement;
    const nodes = parts.map((part, i) => this.#nodeOf(part, i < parts.length - 1 ? ',' : ''));
    this.#element.replaceChildren(...nodes.flatMap((node, i) => (i === 0 ? [node] : [' ', node])), rest);
    if (focused instanceof HTMLButtonElement && this.#element.contains(focused)) focused.focus({ preventScroll: true });
  }

  #nodeOf({ text, health }: OverallPart, comma: string): Node | string {
    const way = health && this.#ways[health];
    if (!way) return text + comma;
    way.replaceChildren(text);
    // A button is a piece of its own: the comma behind it would go to the next line alone.
    return make('span', 'part', way, comma);
  }
}

function wayTo(health: TokenHealth): HTMLButtonElement {
  const button = make('button', 'way');
  button.type = 'button';
  button.addEventListener('click', () => {
    const card = document.querySelector<HTMLElement>(`.card[data-health='${health}']`);
    // Of those that the app looks up not all are shown; how many there are is.
    const target = card ?? byId('looked-up-heading');
    target.scrollIntoView({ block: 'center' });
    target.focus({ preventScroll: true });
  });
  return button;
}
