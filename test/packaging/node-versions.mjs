import { run } from './child.mjs';

/** The oldest that `engines` allows, and the newest of each line. */
const WANTED = ['20.19.0', '22', '24', '26'];

/** This Node and those wanted: where they are, by version; `undefined` for one that the registry does not have. */
export async function nodeVersions(cwd) {
  const stdout = await run('npm', ['view', 'node', 'versions', '--json'], { cwd, timeoutMs: 60_000 });
  const released = JSON.parse(stdout).filter((version) => /^[\d.]+$/.test(version));
  const found = new Map([[process.versions.node, process.execPath]]);
  for (const wanted of WANTED) {
    const matching = released.filter((version) => version === wanted || version.startsWith(`${wanted}.`));
    const newest = matching.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
    const version = newest ?? wanted;
    if (!found.has(version)) found.set(version, newest && (await binaryOf(newest, cwd)));
  }
  return found;
}

/** The path is asked for, because a signal sent to `npx` does not reach what it runs. */
async function binaryOf(version, cwd) {
  const args = ['--yes', `--package=node@${version}`, 'node', '-p', 'process.execPath'];
  return (await run('npx', args, { cwd, timeoutMs: 120_000 })).trim();
}
