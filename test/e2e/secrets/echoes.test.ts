import { expect, test } from 'vitest';
import { ENCODINGS, formsOf, toldAbout, WAYS } from '../../support/echoes.js';
import { everythingShown } from '../../support/leaks.js';
import type { Received } from '../../support/token-server.js';

const SENT = { id: `shop/1"&'`, key: String.raw`k\3y"+/?=<s e>`, user: 'user.token+with/signs' };

function expectNothingShown(value: unknown): void {
  const shown = everythingShown(value);
  for (const secret of Object.values(SENT)) {
    for (const form of formsOf(secret)) expect(shown).not.toContain(form);
  }
}

const asReceived = ({ url, body, rawHeaders }: Received): string => [url, body, ...rawHeaders].join('\n');

test.each(Object.keys(WAYS))('what was sent by %s comes back and is not shown', async (way) => {
  const told = await toldAbout(way, SENT, (request) => ({
    error: asReceived(request),
    tracingId: request.url,
    errors: [{ code: request.body, type: request.url, message: asReceived(request), [request.url]: 'x' }],
  }));
  expect(told.received).toHaveLength(1);
  expectNothingShown([told.error, told.said, told.events, told.statuses]);
});

test.each(Object.entries(ENCODINGS))('secrets that come back %s are not shown', async (_, encode) => {
  const reply = (): unknown => ({
    error: Object.values(SENT).map(encode).join(' and '),
    errors: [
      { message: encode(JSON.stringify({ key: SENT.key })), [encode(SENT.key)]: 'x' },
      { message: `Basic ${encode(`${SENT.id}:${SENT.key}`)}` },
    ],
  });
  const told = await toldAbout('header', SENT, reply);
  expect(told.received).toHaveLength(1);
  expect(told.error.message).toContain('[secret]');
  expectNothingShown([told.error, told.said, told.events, told.statuses]);
});

test('a secret at the limit of a text is redacted before the text is cut', async () => {
  for (let before = 475; before <= 500; before++) {
    const told = await toldAbout('header', SENT, () => ({ error: `${'x'.repeat(before)}${SENT.user}` }));
    expect(everythingShown(told.error)).not.toContain(SENT.user.slice(0, 4));
  }
});
