import { checkValue, someTexts } from './option-checks.js';

/** The keys a vendor accepts at this moment. */
export class KeyRing {
  #keys: readonly string[];

  constructor(keys: string | readonly string[]) {
    this.#keys = [keys].flat();
  }

  get all(): readonly string[] {
    return this.#keys;
  }

  get first(): string {
    return this.#keys[0] ?? '';
  }

  accepts(key: string): boolean {
    return this.#keys.includes(key);
  }

  /** There is no overlap: whoever still holds an old key is refused from now on. */
  rotate(keys: string | readonly string[]): void {
    checkValue('rotateKey()', 'newKey', keys, someTexts);
    this.#keys = [keys].flat();
  }
}
