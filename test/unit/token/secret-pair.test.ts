// Covers `lib/token/token-record.ts`: pairs of secrets.
import { describe, expect, test } from 'vitest';
import type { Answer, TokenSetup } from '../../support/token-source.js';
import { gives, setUp } from '../../support/token-source.js';

/** Which secrets were told to be the ones that work, in order. */
const told = ({ events }: TokenSetup): string[] =>
  events.flatMap((event) => (event.type === 'secretRotated' ? [event.secret] : []));

describe('which of a pair of secrets works', () => {
  const boughtWith =
    (secret?: 'current' | 'next'): Answer =>
    async (signal, n) => ({ ...(await gives()(signal, n)), secret });

  test('is told when it becomes the other one, and stands in the status', async () => {
    const setup = setUp();
    const { source, tokens } = setup;
    source.next(
      boughtWith('current'),
      boughtWith('current'),
      boughtWith('next'),
      boughtWith('next'),
      boughtWith('current'),
    );
    const seen: unknown[] = [];
    for (let i = 0; i < 5; i++) {
      await tokens.refresh();
      seen.push(tokens.status().secret);
    }
    expect(seen).toEqual(['current', 'current', 'next', 'next', 'current']);
    expect(told(setup)).toEqual(['next', 'current']);
  });

  test('is told of the first token too, when it is the second secret', async () => {
    const setup = setUp();
    setup.source.next(boughtWith('next'));
    await setup.tokens.get();
    expect(told(setup)).toEqual(['next']);
  });

  test('is not told where there is no pair, nor when there is none any more', async () => {
    const setup = setUp();
    const { source, tokens } = setup;
    source.next(boughtWith(), boughtWith('next'), boughtWith());
    await tokens.refresh();
    expect(tokens.status()).not.toHaveProperty('secret');
    await tokens.refresh();
    await tokens.refresh();
    expect(told(setup)).toEqual(['next']);
    expect(tokens.status()).not.toHaveProperty('secret');
  });
});
