import { expect, test } from 'vitest';
import type { Config, Run } from '../../support/axios-comparison.js';
import { comparison, ok, redirect } from '../../support/axios-comparison.js';

test('two that do the same are told apart by one header, and by one request more', async () => {
  const { both } = await comparison();
  const header = await both(({ isOurs }) => ({ url: '/x', headers: { 'X-Who': String(isOurs) } }), ok());
  expect(header.ours).not.toEqual(header.theirs);
  const config = ({ isOurs }: Run): Config => ({ url: '/x', maxRedirects: isOurs ? 2 : 1 });
  const redirects = await both(config, redirect(302, '/y'));
  expect(redirects.theirs.requests).toHaveLength(2);
  expect(redirects.ours.requests).toHaveLength(3);
});
