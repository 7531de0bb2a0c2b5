import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ENCODINGS, formsOf, toldAbout, WAYS } from '../support/echoes.js';
import { everythingShown } from '../support/leaks.js';
import { PATIENCE_MS, runs } from './fuzz.js';

const SIGNS = Array.from(`"\\/&<>'+=%:;?#$.^*()[]{}|~ aB9`);
/** Letters before and after the signs: no half may be shown either. */
const HALF = 8;

/** Visible ASCII with spaces within, which is what can be sent; long enough to be in no text by chance. */
const secret = fc
  .tuple(
    fc.string({ unit: fc.constantFrom(...SIGNS), minLength: 1, maxLength: 24 }),
    fc.stringMatching(/^[a-zA-Z0-9]{16}$/),
  )
  .map(([signs, word]) => `${word.slice(0, HALF)}${signs}${word.slice(HALF)}`);

const sent = fc.record({ id: secret, key: secret, user: secret });
const encoding = fc.constantFrom(...Object.values(ENCODINGS));

test(
  'whatever is sent, and in whatever form it comes back: no error, log line, event or status shows it',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.keys(WAYS)),
        sent,
        encoding,
        fc.string(),
        async (way, all, encode, noise) => {
          const told = await toldAbout(way, all, (request) => ({
            error: noise + Object.values(all).map(encode).join(noise),
            tracingId: request.url,
            errors: [
              { message: JSON.stringify(request), [encode(all.key)]: 'x' },
              { message: request.body, type: encode(`${all.id}:${all.key}`) },
            ],
          }));
          expect(told.received).toHaveLength(1);
          const shown = everythingShown([told.error, told.said, told.events, told.statuses]);
          for (const each of Object.values(all)) {
            for (const part of [each.slice(0, HALF), each.slice(-HALF), ...formsOf(each)])
              expect(shown).not.toContain(part);
          }
        },
      ),
      runs(60),
    );
  },
  PATIENCE_MS,
);
