import assert from 'node:assert/strict';
import { cp, lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './child.mjs';
import { quickstartOf } from './readme.mjs';
import { kB } from './tarball.mjs';

/** What a fresh app may get beside what it has: this package and its dependencies, with room for one more feature. */
const ADDED_PACKAGES = ['jose', 'nestjs-auth-apis', 'tinyqueue', 'valibot'];
const ADDED_BYTES_LIMIT = 3_650_000;

const INSTALL = ['install', '--ignore-scripts', '--strict-peer-deps', '--no-package-lock', '--no-audit', '--no-fund'];

/** A fixture, copied to where it can be installed, with the type tests and the README's quickstart in it. */
export class App {
  #root;

  constructor({ name, root, into }) {
    this.name = name;
    this.dir = join(into, name);
    this.#root = root;
  }

  async create() {
    const packaging = join(this.#root, 'test/packaging');
    await cp(join(packaging, this.name), this.dir, { recursive: true });
    await cp(join(packaging, 'fake-vendors.mjs'), join(this.dir, 'fake-vendors.mjs'));
    await cp(join(packaging, 'operations-main.ts'), join(this.dir, 'src/operations-main.ts'));
    await cp(join(this.#root, 'test/types'), join(this.dir, 'types'), { recursive: true });
    await mkdir(join(this.dir, 'src'), { recursive: true });
    await writeFile(join(this.dir, 'src/main.ts'), await quickstartOf(this.#root));
  }

  /** First the app without the package, so that what the package adds can be told. */
  async install(tarball) {
    await this.#run('npm', INSTALL);
    const before = await contents(join(this.dir, 'node_modules'));
    await this.#run('npm', [...INSTALL, tarball]);
    const after = await contents(join(this.dir, 'node_modules'));
    const added = after.packages.filter((name) => !before.packages.includes(name));
    assert.deepEqual(added, ADDED_PACKAGES);
    const bytes = after.bytes - before.bytes;
    assert.ok(bytes <= ADDED_BYTES_LIMIT, `it adds ${bytes} bytes, more than ${ADDED_BYTES_LIMIT}`);
    return `adds ${kB(bytes)}: ${added.join(', ')}`;
  }

  /** Other versions of packages that it has, installed anew: npm finds no way from one major version of Nest to the next. */
  async change(versions) {
    const path = join(this.dir, 'package.json');
    const manifest = JSON.parse(await readFile(path, 'utf8'));
    for (const list of [manifest.dependencies, manifest.devDependencies]) {
      for (const name of Object.keys(list)) list[name] = versions[name] ?? list[name];
    }
    await writeFile(path, JSON.stringify(manifest));
    await rm(join(this.dir, 'node_modules'), { recursive: true, force: true });
    await this.#run('npm', INSTALL);
  }

  async compile(...args) {
    await this.node(process.execPath, 'node_modules/typescript/bin/tsc', ...args);
  }

  /** Runs a script of the app or of its packages. */
  async node(binary, ...args) {
    await this.#run(binary, args);
  }

  #run(command, args) {
    return run(command, args, { cwd: this.dir, timeoutMs: 120_000 });
  }
}

/** Which packages there are, nested ones included, and how much their files weigh. */
async function contents(nodeModules) {
  const { packages } = JSON.parse(await readFile(join(nodeModules, '.package-lock.json'), 'utf8'));
  const entries = await readdir(nodeModules, { recursive: true });
  const files = await Promise.all(entries.map((entry) => lstat(join(nodeModules, entry))));
  return {
    packages: Object.keys(packages).map((path) => path.replace(/^node_modules\//, '')),
    bytes: files.filter((file) => file.isFile()).reduce((sum, { size }) => sum + size, 0),
  };
}
