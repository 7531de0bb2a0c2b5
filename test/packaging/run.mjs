// Checks the package as its users get it: the packed tarball, in fresh apps, on every Node line. Needs the npm registry.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App } from './app.mjs';
import { Checks } from './checks.mjs';
import { tryCommand, tryWithNpx } from './command.mjs';
import { checkJest } from './jest.mjs';
import { nodeVersions } from './node-versions.mjs';
import { tryQuickstart } from './quickstart.mjs';
import { checkJestSetting } from './readme.mjs';
import { areTheTypesWrong, checkSize, pack, publint } from './tarball.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const NODE_10 = ['--module', 'commonjs', '--moduleResolution', 'node10'];

const temp = mkdtempSync(join(tmpdir(), 'nestjs-auth-apis-'));
process.on('exit', () => rmSync(temp, { recursive: true, force: true, maxRetries: 3 }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
setTimeout(() => {
  console.error('not done after 7 minutes');
  process.exit(1);
}, 420_000).unref();

const checks = new Checks();
await checks.check('docs', 'have the Jest setting', () => checkJestSetting(root));
let tarball;
if (await checks.check('tarball', 'packs', async () => void (tarball = await pack(root, temp)))) {
  const nodes = findNodes();
  await Promise.all([checkTarball(), checkNest12(nodes), checkNest11(nodes), checkLowestPeers(nodes)]);
}
checks.print();
process.exitCode = checks.hasFailed ? 1 : 0;

/** Without the others, this one. */
async function findNodes() {
  let nodes = new Map([[process.versions.node, process.execPath]]);
  await checks.check('Node', 'versions to be had', async () => {
    nodes = await nodeVersions(temp);
    return [...nodes].flatMap(([version, node]) => (node ? [version] : [])).join(', ');
  });
  return nodes;
}

async function checkTarball() {
  await checks.check('tarball', 'size', () => checkSize(tarball));
  await checks.check('tarball', 'publint', () => publint(root, tarball));
  await checks.check('tarball', 'attw', () => areTheTypesWrong(root, tarball));
}

async function checkNest12(nodes) {
  const app = await installed('nest12-esm');
  if (!app) return;
  await checks.check(app.name, 'compiles', () => app.compile());
  await checks.check(app.name, 'type tests', () => app.compile('-p', 'tsconfig.types.json'));
  await checkOn(await nodes, app, 'quickstart', (node) => tryQuickstart({ node, dir: app.dir, main: 'dist/main.js' }));
  await checkOn(await nodes, app, 'operations', (node) => app.node(node, 'dist/operations-main.js'));
  await checkCommand(app, await nodes);
}

async function checkNest11(nodes) {
  const app = await installed('nest11-cjs');
  if (!app) return;
  await checks.check(app.name, 'compiles', () => app.compile());
  await checks.check(app.name, 'compiles (node10)', () => app.compile(...NODE_10, '--outDir', 'dist-node10'));
  await checks.check(app.name, 'type tests', () => app.compile('-p', 'tsconfig.types.json'));
  await checks.check(app.name, 'type tests (node10)', () => app.compile('-p', 'tsconfig.types.json', ...NODE_10));
  for (const [label, dist] of Object.entries({ quickstart: 'dist', 'quickstart (node10)': 'dist-node10' })) {
    await checkOn(await nodes, app, label, (node) => tryQuickstart({ node, dir: app.dir, main: `${dist}/main.js` }));
  }
  await checkOn(await nodes, app, 'own main', (node) => app.node(node, 'dist/own-main.js'));
  await checkOn(await nodes, app, 'operations', (node) => app.node(node, 'dist/operations-main.js'));
  await checkCommand(app, await nodes);
  await checkJest(checks, app, { root, nodes: await nodes });
}

async function checkCommand(app, nodes) {
  await checks.check(app.name, 'npx', () => tryWithNpx(app.dir));
  await checkOn(nodes, app, 'command', (node) => tryCommand({ node, dir: app.dir }));
}

/** The oldest of everything that the manifest promises. */
async function checkLowestPeers(nodes) {
  const app = await installed('lowest-peers');
  if (!app) return;
  await checkOn(await nodes, app, 'calls', (node) => app.node(node, 'calls.mjs'));
  await checkOn(await nodes, app, 'guards', (node) => app.node(node, 'guards.mjs'));
}

async function installed(name) {
  const app = new App({ name, root, into: temp });
  const install = async () => {
    await app.create();
    return app.install(tarball.path);
  };
  return (await checks.check(name, 'installs', install)) && app;
}

/** On every Node that is there. */
async function checkOn(nodes, app, what, work) {
  for (const [version, node] of nodes) {
    const name = `${what}, Node ${version}`;
    if (node) await checks.check(app.name, name, () => work(node));
    else checks.absent(app.name, name, 'not in the registry');
  }
}
