// What a release needs and a machine can do: `npm run release:check`. See docs/releasing.md.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Checks } from './checks.mjs';
import { run } from './child.mjs';

const ROOT = join(import.meta.dirname, '../..');
const OUT = join(ROOT, 'coverage/release');
/** Licences under which a dependency may be installed beside MIT code without further duties than a notice. */
const LICENCES = new Set(['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0']);
/** What npm shows of a package and only its owner knows. */
const OWNERS = ['repository', 'bugs', 'homepage', 'author'];

const manifest = readJson('package.json');
const checks = new Checks();
const check = (name, work) => checks.check('release', name, work);

mkdirSync(OUT, { recursive: true });
await check('clean tree', cleanTree);
await check('licences of what is installed with it', licences);
await check('bill of materials (CycloneDX)', billOfMaterials);
await check('changelog names the version', changelog);
await check('packaging checks and sizes', () =>
  run('npm', ['run', 'test:packaging'], { cwd: ROOT, timeoutMs: 900_000 }).then(() => 'see npm run test:packaging'),
);
checks.print();
const missing = OWNERS.filter((field) => manifest[field] === undefined);
console.log('\nOnly the owner can do this:');
for (const field of missing) console.log(`- fill in \`${field}\` in package.json`);
console.log('- publish with provenance, from a public CI: npm publish --provenance (needs `repository`)');
console.log('- write the version and its date into CHANGELOG.md, and tag the commit');
process.exitCode = checks.hasFailed ? 1 : 0;

async function cleanTree() {
  const changes = await run('git', ['status', '--porcelain'], { cwd: ROOT, timeoutMs: 20_000 });
  assert.equal(changes.trim(), '', `commit or drop these changes first:\n${changes}`);
}

function licences() {
  const found = Object.keys(manifest.dependencies).map((name) => {
    const { version, license, dependencies = {} } = readJson(join('node_modules', name, 'package.json'));
    assert.ok(LICENCES.has(license), `${name}@${version} has the licence ${license}: is it one to ship with?`);
    assert.deepEqual(dependencies, {}, `${name}@${version} has dependencies of its own: list their licences too`);
    return `${name} ${version} ${license}`;
  });
  return found.join(', ');
}

async function billOfMaterials() {
  const args = [
    'sbom',
    '--sbom-format=cyclonedx',
    '--omit=dev',
    '--omit=peer',
    '--omit=optional',
    '--package-lock-only',
  ];
  const bill = JSON.parse(await run('npm', args, { cwd: ROOT, timeoutMs: 60_000 }));
  bill.metadata.component.name = manifest.name; // npm takes the folder's
  // A package that is a peer's dependency as well is left out by npm: what we install must be in all the same.
  for (const name of Object.keys(manifest.dependencies)) {
    if (bill.components.some((each) => each.name === name)) continue;
    const { version, license } = readJson(join('node_modules', name, 'package.json'));
    const purl = `pkg:npm/${name}@${version}`;
    bill.components.push({ type: 'library', name, version, purl, licenses: [{ license: { id: license } }] });
  }
  writeFileSync(join(OUT, 'sbom.cdx.json'), `${JSON.stringify(bill, null, 2)}\n`);
  return `${bill.components.length} components, coverage/release/sbom.cdx.json`;
}

function changelog() {
  const text = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8');
  assert.match(text, new RegExp(`^## (Unreleased|\\[?${manifest.version.replaceAll('.', '\\.')}\\]?)`, 'm'));
}

function readJson(path) {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
}
