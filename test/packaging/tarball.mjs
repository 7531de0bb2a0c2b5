import assert from 'node:assert/strict';
import { join } from 'node:path';
import { run } from './child.mjs';

/** Room for one more feature above what there is, which every run prints. Raise a limit when the growth is meant. */
const LIMITS = { packedBytes: 380_000, unpackedBytes: 1_270_000, files: 600 };

/** Packs the package as `npm publish` would: `prepack` builds it. */
export async function pack(root, into) {
  const args = ['pack', '--json', '--pack-destination', into];
  const stdout = await run('npm', args, { cwd: root, timeoutMs: 120_000 });
  const [packed] = JSON.parse(stdout.slice(stdout.search(/^\[\s*\{/m))); // the build speaks first, `[log] ...` on CI
  return {
    path: join(into, packed.filename),
    packedBytes: packed.size,
    unpackedBytes: packed.unpackedSize,
    files: packed.entryCount,
  };
}

export function checkSize(tarball) {
  for (const [what, limit] of Object.entries(LIMITS)) {
    assert.ok(tarball[what] <= limit, `${what}: ${tarball[what]} is more than ${limit}`);
  }
  return `${kB(tarball.packedBytes)} packed, ${kB(tarball.unpackedBytes)} unpacked, ${tarball.files} files`;
}

/** Whether the manifest keeps its promises: every path exists, in the format that it claims. */
export async function publint(root, { path }) {
  const stdout = await run('npx', ['--yes', 'publint', '--strict', path], { cwd: root, timeoutMs: 60_000 });
  assert.match(stdout, /All good!/, stdout); // a mere suggestion does not change the exit code
}

/** Whether types and code resolve alike for everybody. That CommonJS gets an ES module is meant. */
export async function areTheTypesWrong(root, { path }) {
  const args = ['--yes', '--package=@arethetypeswrong/cli', 'attw', path, '--ignore-rules', 'cjs-resolves-to-esm'];
  await run('npx', args, { cwd: root, timeoutMs: 60_000 });
}

export const kB = (bytes) => `${(bytes / 1000).toFixed(0)} kB`;
