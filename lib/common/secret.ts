/**
 * What an account's secret may be given as. A function, sync or async, is called at every token request, so that a
 * rotated secret needs no restart. `undefined` is in the type so that `process.env.X` compiles, and refused at boot.
 *
 * @publicApi
 */
export type SecretInput = string | (() => string | Promise<string>) | undefined;

/** Visible ASCII and spaces within: all that a header value carries unchanged. */
const SENDABLE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** Why a secret cannot be used, in words that do not show it; `undefined` when it can. */
export function secretProblem(value: unknown): string | undefined {
  if (value === undefined || value === null) return 'is missing';
  if (value === '') return 'is empty';
  if (typeof value !== 'string') return 'must be a string';
  if (/[\r\n]/.test(value)) return 'contains a line break';
  if (value !== value.trim()) return 'begins or ends with white space';
  return SENDABLE.test(value) ? undefined : 'contains characters that an HTTP header cannot carry';
}

/** A secret that can be used but not seen: no `inspect`, no JSON, no enumeration shows it. */
export class Secret {
  readonly #source: string | (() => string | Promise<string>);

  constructor(source: string | (() => string | Promise<string>)) {
    this.#source = source;
  }

  /** Whether its value can change while the app runs. */
  get isDynamic(): boolean {
    return typeof this.#source === 'function';
  }

  /** @throws whatever the app's function throws */
  async read(): Promise<string> {
    return typeof this.#source === 'function' ? this.#source() : this.#source;
  }

  toJSON(): string {
    return '[secret]';
  }
}

/** Replaces every occurrence of the secrets in a text that came from elsewhere (a vendor's message echoing a key). */
export function scrub(text: string, secrets: readonly string[]): string {
  // The longest first: one may begin with another, and its rest would stay.
  const longestFirst = secrets.filter(Boolean).toSorted((a, b) => b.length - a.length);
  return longestFirst.reduce((clean, secret) => clean.replaceAll(secret, '[secret]'), text);
}
