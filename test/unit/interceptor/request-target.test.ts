import axios from 'axios';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isRelativeTo, targetOf } from '../../../lib/interceptor/request-target.js';

const BASE = 'http://base.example/v1';

/** Where axios itself would send a request: the URL that its http adapter puts together. */
let sentTo: string | undefined;
const transport = {
  request({ protocol, hostname, port, path }: Record<string, string>): never {
    const host = hostname?.includes(':') ? `[${hostname}]` : hostname;
    sentTo = `${protocol}//${host}${port ? `:${port}` : ''}${path}`;
    throw new Error('not sent');
  },
};

async function axiosTarget(config: { url: string; baseURL?: string; allowAbsoluteUrls?: boolean }) {
  sentTo = undefined;
  await axios.request({ ...config, transport, proxy: false }).catch(() => undefined);
  return sentTo === undefined ? undefined : new URL(sentTo).origin;
}

const piece = fc.constantFrom(
  'http:',
  'https:',
  'HTTP:',
  '//',
  '/',
  '\\',
  '@',
  ':',
  '?',
  '#',
  '.',
  '..',
  'base.example',
  'evil.example',
  ':8080',
  'user:pw',
  '%2F',
  '%40',
  ' ',
  '\t',
  '\n',
  'v1',
  'offers',
  '[::1]',
  'a-b',
  '0x7f.1',
  'ｅvil.example',
);
const url = fc.array(piece, { maxLength: 7 }).map((parts) => parts.join(''));
const baseURL = fc.constantFrom(undefined, BASE, `${BASE}/`, 'http://base.example', 'https://other.example:444/x//');

test('the target is the origin to which axios sends, whatever the URL', async () => {
  const property = fc.asyncProperty(url, baseURL, fc.constantFrom(undefined, true, false), async (u, b, absolute) => {
    const config = { url: u, baseURL: b, allowAbsoluteUrls: absolute };
    const real = await axiosTarget(config);
    if (real !== undefined) expect(targetOf(config as never)?.origin).toBe(real);
  });
  await fc.assert(property, { numRuns: 3_000 });
});

test('what is plainly below the base URL goes to its origin in axios as well', async () => {
  const property = fc.asyncProperty(url, fc.boolean(), async (u, allowAbsoluteUrls) => {
    const config = { url: u, baseURL: BASE, allowAbsoluteUrls };
    if (!isRelativeTo(BASE, config as never)) return;
    const real = await axiosTarget(config);
    if (real !== undefined) expect(real).toBe(new URL(BASE).origin);
  });
  await fc.assert(property, { numRuns: 3_000 });
});
