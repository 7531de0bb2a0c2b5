import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const JEST = 'node_modules/jest/bin/jest.js';
/** What Jest has by itself: nothing of `node_modules` is compiled. */
const NO_SETTING = ['--transformIgnorePatterns', '/node_modules/'];

/** What docs/testing.md says of Jest, with both makes of `@nestjs/axios`; it is another app afterwards. */
export async function checkJest(checks, app, { root, nodes }) {
  const modern = [...nodes].find(([version, node]) => node && Number.parseInt(version) >= 24);
  await checks.check(app.name, 'Jest', () => app.node(process.execPath, JEST));
  // What Nest 11 gets from a plain `npm install`; the Terminus of Nest 11 refuses it.
  const { '@nestjs/axios': axios, '@nestjs/terminus': terminus } = await nestPackages(root);
  await checks.check(app.name, 'Jest, @nestjs/axios 12', async () => {
    await app.change({ '@nestjs/axios': axios, '@nestjs/terminus': terminus });
    await app.node(process.execPath, JEST);
  });
  const what = 'Jest without a setting';
  const args = ['--experimental-vm-modules', JEST, ...NO_SETTING];
  if (modern) await checks.check(app.name, `${what}, Node ${modern[0]}`, () => app.node(modern[1], ...args));
  else checks.absent(app.name, what, 'no Node 24 or newer');
}

/** Nest's packages and their versions, as the other app has them. */
async function nestPackages(root) {
  const manifest = await readFile(join(root, 'test/packaging/nest12-esm/package.json'), 'utf8');
  const { dependencies, devDependencies } = JSON.parse(manifest);
  const all = Object.entries({ ...dependencies, ...devDependencies });
  return Object.fromEntries(all.filter(([name]) => name.startsWith('@nestjs/')));
}
