import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The README's quickstart, to the letter. */
export async function quickstartOf(root) {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
  const quickstart = blocks.find((code) => code.startsWith('// main.ts\n'));
  assert.ok(quickstart, 'README.md has no ```ts block that begins with "// main.ts"');
  return quickstart;
}

/** Whether the guide tells Jest users what the fixture does, so that what is told is what is tried. */
export async function checkJestSetting(root) {
  const guide = await readFile(join(root, 'docs/testing.md'), 'utf8');
  const { jest } = JSON.parse(await readFile(join(root, 'test/packaging/nest11-cjs/package.json'), 'utf8'));
  const setting = `"transformIgnorePatterns": ${JSON.stringify(jest.transformIgnorePatterns)}`;
  assert.ok(guide.includes(setting), `docs/testing.md does not have ${setting}`);
}
