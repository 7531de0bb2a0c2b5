import { inspect } from 'node:util';

/** How long a dead token is still looked for. */
const REMEMBERED_MS = 20_000;

/** Every key and every recent token of the run, and where they may not be. */
export class Secrets {
  readonly #known = new Map<string, number>();

  add(secret: string): void {
    this.#known.set(secret, performance.now());
  }

  /** Forgets what was added long ago, keys in use excepted. */
  prune(keep: readonly string[]): void {
    const oldest = performance.now() - REMEMBERED_MS;
    for (const [secret, at] of this.#known) if (at < oldest && !keep.includes(secret)) this.#known.delete(secret);
  }

  /** Where a secret stands in a text; `undefined` when none does. */
  in(text: string): string | undefined {
    for (const secret of this.#known.keys()) {
      const at = text.indexOf(secret);
      if (at >= 0) return `${text.slice(Math.max(0, at - 80), at)}<secret>`;
    }
    return undefined;
  }

  /** The same for a value, shown in every way in which a value is logged. */
  shownBy(value: unknown): string | undefined {
    return this.in(`${inspect(value, { depth: 8, showHidden: true, maxStringLength: 2_000 })}\n${String(value)}`);
  }
}
