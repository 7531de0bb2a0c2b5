import { expect, test } from 'vitest';
import { redactText } from '../../../lib/common/redact-text.js';

test.each([
  ['that overlap', 'xabcdefghix', ['abcdef', 'defghi'], 'x[secret]x'],
  ['that overlap themselves', 'xabababx', ['abab'], 'x[secret]x'],
  ['that are part of another', 'shop-9f8e7d, shop', ['shop', 'shop-9f8e7d'], '[secret], [secret]'],
  ['that are the placeholder’s own word', 'a secret', ['secret', 'none'], 'a [secret]'],
  ['that begin with an emoji', '😀key 😀key', ['😀key'], '[secret] [secret]'],
])('secrets %s', (_, text, secrets, clean) => {
  expect(redactText(text, secrets)).toBe(clean);
});

test('letters beyond ASCII are found percent-encoded and with Unicode escapes', () => {
  const secret = 'Müller ü';
  const texts = [encodeURIComponent(secret), 'M\\u00fcller \\u00FC', 'M&#252;ller+&#xFC;'];
  for (const text of texts) expect(redactText(`<${text}>`, [secret])).toBe('<[secret]>');
});

test('of a base64 text with a secret in it, nothing is left', () => {
  const text = Buffer.from('{"user":"shop","key":"s3cr3t-0f-1","more":true}').toString('base64');
  expect(redactText(`got ${text}.`, ['s3cr3t-0f-1'])).toBe('got [secret].');
});

test.each([
  ['backslashes', '\\'.repeat(65_536), String.raw`\\\\\\"x`],
  ['letters', 'a'.repeat(65_536), 'aaaaaaaab'],
  ['its own base64', 'QUFB'.repeat(16_384), 'AAAA'],
  ['ampersands', '&amp;'.repeat(13_107), '&&&&&&&&x'],
  ['percent signs', '%25'.repeat(21_845), '%%%%%%%%x'],
])('the longest response, of %s alone, is done in an instant', (_, text, secret) => {
  const startedAt = performance.now();
  redactText(text, [secret]);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
