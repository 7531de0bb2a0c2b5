import { inspect } from 'node:util';
import { expect } from 'vitest';

/** Every way in which a value ends up in a log. */
export function everythingShown(value: unknown): string {
  const options = { depth: Infinity, maxArrayLength: Infinity, maxStringLength: Infinity };
  return [
    inspect(value, { ...options, showHidden: true }),
    inspect(value, { ...options, getters: true }),
    json(value),
    String(value),
    value instanceof Error ? value.stack : '',
  ].join('\n');
}

/** Fails naming the first secret found and what stood around it. */
export function expectNoSecret(value: unknown, secrets: readonly string[]): void {
  expect(secrets.filter((secret) => secret.length > 3)).toEqual(secrets);
  const shown = everythingShown(value);
  for (const secret of secrets) {
    const at = shown.indexOf(secret);
    expect(at < 0 ? undefined : shown.slice(Math.max(0, at - 300), at + 80)).toBeUndefined();
  }
}

function json(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return '';
  }
}
