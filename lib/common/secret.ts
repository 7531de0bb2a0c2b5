/** A secret's value, or the present one and the next while they are changed. @publicApi */
export type SecretValue = string | readonly [current: string, next: string];

/**
 * What an account's secret may be given as. A function, sync or async, is called at every token request, so that a
 * rotated secret needs no restart. A pair is for rotations without a gap: when the vendor refuses the first, the second
 * is tried, and if it works it is used from then on. `undefined` is in the type so that `process.env.X` compiles, and
 * refused at boot.
 *
 * @publicApi
 */
export type SecretInput = SecretValue | (() => SecretValue | Promise<SecretValue>) | undefined;

/** Visible ASCII and spaces within: all that a header value carries unchanged. */
const SENDABLE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** Why a text cannot be sent as a secret, in words that do not show it; `undefined` when it can. */
export function secretProblem(value: unknown): string | undefined {
  if (value === undefined || value === null) return 'is missing';
  if (value === '') return 'is empty';
  if (typeof value !== 'string') return 'must be a string';
  if (/[\r\n]/.test(value)) return 'contains a line break';
  if (value !== value.trim()) return 'begins or ends with white space';
  return SENDABLE.test(value) ? undefined : 'contains characters that an HTTP header cannot carry';
}

/** The same for a value that may be a pair. */
export function secretValueProblem(value: unknown): string | undefined {
  if (!Array.isArray(value)) return secretProblem(value);
  if (value.length !== 2) return 'must be one value, or a pair [current, next]';
  const [current, next] = value.map(secretProblem);
  if (current) return `${current} (the first of the pair)`;
  return next && `${next} (the second of the pair)`;
}

/** A secret that can be used but not seen: no `inspect`, no JSON, no enumeration shows it. */
export class Secret {
  readonly #source: Exclude<SecretInput, undefined>;

  constructor(source: Exclude<SecretInput, undefined>) {
    this.#source = source;
  }

  /** Whether its value can change while the app runs. */
  get isDynamic(): boolean {
    return typeof this.#source === 'function';
  }

  /** @throws whatever the app's function throws */
  async read(): Promise<SecretValue> {
    return typeof this.#source === 'function' ? this.#source() : this.#source;
  }

  toJSON(): string {
    return '[secret]';
  }
}
