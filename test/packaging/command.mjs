import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './child.mjs';

/** An account of an API of the app's own, at a fake that the file starts; as an ES module and in CommonJS. */
const OPTIONS = `async () => {
  const { apiKey, baseURL } = await FakeVerbit.start();
  const acme = defineTokenApi({
    name: 'acme',
    credentials: ['appKey'],
    baseURL,
    tokenURL: 'auth',
    lifetimeMs: 3_600_000,
    placement: { in: 'header', name: 'X-Acme-Token' },
    request: ({ url, credentials }) => ({
      method: 'POST',
      url,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ payload: { api_key: credentials.appKey } }),
    }),
    parseResponse: ({ json }) => ({ token: json.data.token }),
  });
  return { apis: [accountsFor(acme, { appKey: apiKey })] };
};
`;
const CONFIGS = {
  'accounts.mjs': `import { accountsFor, defineTokenApi } from 'nestjs-auth-apis';
import { FakeVerbit } from 'nestjs-auth-apis/testing';
export default ${OPTIONS}`,
  'accounts.cjs': `const { accountsFor, defineTokenApi } = require('nestjs-auth-apis');
const { FakeVerbit } = require('nestjs-auth-apis/testing');
module.exports = ${OPTIONS}`,
};

/** No credentials, no proxy of this machine. */
const env = { PATH: process.env.PATH, HOME: process.env.HOME };

/** The command as users type it. */
export async function tryWithNpx(dir) {
  const options = { cwd: dir, env, timeoutMs: 60_000 };
  const said = await run('npx', ['--no-install', 'nestjs-auth-apis', 'check', '--demo'], options);
  assert.match(said, /2 of 2 accepted\.\n$/);
}

/** The link that npm made, with each Node; and files of options in both formats. */
export async function tryCommand({ node, dir }) {
  const command = async (...args) => {
    const link = join(dir, 'node_modules/.bin/nestjs-auth-apis');
    return JSON.parse(await run(node, [link, 'check', '--json', ...args], { cwd: dir, env, timeoutMs: 60_000 }));
  };
  assert.deepEqual(
    (await command('--demo')).accounts.map(({ accepted }) => accepted),
    [true, true],
  );
  for (const [name, text] of Object.entries(CONFIGS)) {
    await writeFile(join(dir, name), text);
    const { accounts } = await command('--config', name);
    assert.deepEqual(
      accounts.map(({ api, outcome }) => [api, outcome]),
      [['acme', 'accepted']],
    );
  }
}
