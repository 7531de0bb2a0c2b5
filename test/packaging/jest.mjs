import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const JEST = 'node_modules/jest/bin/jest.js';
/** What Jest has by itself: nothing of `node_modules` is compiled. */
const NO_SETTING = ['--transformIgnorePatterns', '/node_modules/'];

/** What docs/testing.md says of Jest, tried while the app goes from Nest 11 to 12; it is another app afterwards. */
export async function checkJest(checks, app, { root, nodes }) {
  const modern = [...nodes].find(([version, node]) => node && Number.parseInt(version) >= 24);
  const withoutSetting = (what) => {
    if (!modern) return checks.absent(app.name, what, 'no Node 24 or newer');
    const args = ['--experimental-vm-modules', JEST, ...NO_SETTING];
    return checks.check(app.name, `${what}, Node ${modern[0]}`, () => app.node(modern[1], ...args));
  };
  await checks.check(app.name, 'Jest', () => app.node(process.execPath, JEST));
  const next = await nestPackages(root);
  // What Nest 11 gets from a plain `npm install`; the Terminus of Nest 11 refuses it.
  const { '@nestjs/axios': axios, '@nestjs/terminus': terminus } = next;
  await checks.check(app.name, 'Jest, @nestjs/axios 12', async () => {
    await app.change({ '@nestjs/axios': axios, '@nestjs/terminus': terminus });
    await app.node(process.execPath, JEST);
  });
  await withoutSetting('Jest without a setting');
  if (await checks.check(app.name, 'goes to Nest 12', () => app.change(next))) {
    await withoutSetting('Jest without a setting, Nest 12');
  }
}

/** Nest's packages and their versions, as the other app has them. */
async function nestPackages(root) {
  const manifest = await readFile(join(root, 'test/packaging/nest12-esm/package.json'), 'utf8');
  const { dependencies, devDependencies } = JSON.parse(manifest);
  const all = Object.entries({ ...dependencies, ...devDependencies });
  return Object.fromEntries(all.filter(([name]) => name.startsWith('@nestjs/')));
}
