// Covers `lib`: which file may import which, and how the tests mirror it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const LIB = fileURLToPath(new URL('../../lib', import.meta.url));

/** The folders of `lib` in their order: each imports only from those before it, types included. */
const FOLDERS = [
  'common',
  'vendors',
  'store',
  'config',
  'request',
  'redis',
  'token',
  'accounts',
  'scheduler',
  'interceptor',
  'clients',
  'undici',
  'module',
  'health',
  'schedule',
  'opentelemetry',
  'dashboard',
  'testing',
  'cli',
];

/** The subpaths and what serves them stand side by side: none of them imports another. */
const SUBPATHS = ['redis', 'undici', 'health', 'schedule', 'opentelemetry', 'dashboard', 'testing'];

/** Which packages of Nest a folder may import; the others import none. */
const NEST: Record<string, RegExp> = {
  config: /^@nestjs\/axios$/,
  interceptor: /^@nestjs\/axios$/,
  clients: /^@nestjs\/(axios|common)$/,
  module: /^@nestjs\/(axios|common|core)$/,
  health: /^@nestjs\/(common|core|terminus)$/,
  schedule: /^@nestjs\/(common|core|schedule)$/,
  opentelemetry: /^@nestjs\/(common|core)$/,
  dashboard: /^@nestjs\/(common|core)$/,
};

const ENTRY_POINTS = [
  'dashboard/index.ts',
  'health/index.ts',
  'index.ts',
  'opentelemetry/index.ts',
  'redis/index.ts',
  'schedule/index.ts',
  'testing/index.ts',
  'undici/index.ts',
];

interface Import {
  readonly file: string;
  readonly statement: string;
  readonly from: string;
  readonly isType: boolean;
}

const files = readdirSync(LIB, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

const imports: Import[] = files.flatMap((file) => {
  const source = readFileSync(join(LIB, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const statics = source.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^;'"]*?\s+from\s+)?['"]([^'"]+)['"]/gm);
  const dynamics = source.matchAll(/\b(?:import|require)\(\s*(type\s+)?['"]([^'"]+)['"]/g);
  return [...statics, ...dynamics].map(([statement, type, from = '']) => ({
    file,
    statement: statement.replaceAll(/\s+/g, ' '),
    from,
    isType: type !== undefined,
  }));
});

const folderOf = (file: string): string => file.split('/')[0] ?? '';
const isLocal = ({ from }: Import): boolean => from.startsWith('.');
const targetOf = ({ file, from }: Import): string => relative(LIB, resolve(LIB, dirname(file), from));
const inFolders = imports.filter(({ file }) => file.includes('/'));
const shown = (list: Import[]): string[] => list.map(({ file, statement }) => `lib/${file}: ${statement}`);

test('the imports are found at all', () => {
  expect(files.length).toBeGreaterThan(50);
  expect(imports.length).toBeGreaterThan(files.length);
  expect(imports.some(({ isType }) => isType)).toBe(true);
});

test('every folder of lib has its place in the order', () => {
  const folders = new Set(files.filter((file) => file.includes('/')).map(folderOf));
  expect([...folders].sort()).toEqual([...FOLDERS].sort());
});

test('folders import only from those before them, types included', () => {
  const wrong = inFolders.filter(isLocal).filter((each) => {
    const [from, to] = [folderOf(each.file), folderOf(targetOf(each))];
    return FOLDERS.indexOf(to) > FOLDERS.indexOf(from) || !FOLDERS.includes(to);
  });
  expect(shown(wrong)).toEqual([]);
});

test('a subpath is imported by no other folder but the command, which serves the fakes', () => {
  const wrong = inFolders.filter(isLocal).filter((each) => {
    const [from, to] = [folderOf(each.file), folderOf(targetOf(each))];
    return from !== to && SUBPATHS.includes(to) && !(from === 'cli' && to === 'testing');
  });
  expect(shown(wrong)).toEqual([]);
});

test('the fakes know nothing of the package but what time and a store are', () => {
  const wrong = inFolders.filter(isLocal).filter((each) => {
    if (folderOf(each.file) !== 'testing' || folderOf(targetOf(each)) === 'testing') return false;
    if (targetOf(each) === 'store/token-store.js') return !each.isType;
    return targetOf(each) !== 'common/clock.js';
  });
  expect(shown(wrong)).toEqual([]);
});

test('the encryption of shared tokens loads with the subpath that needs it alone', () => {
  const wrong = imports.filter((each) => isLocal(each) && targetOf(each) === 'store/token-cipher.js');
  expect(wrong.filter(({ file }) => folderOf(file) !== 'redis')).toEqual([]);
});

test('the core knows nothing of Nest', () => {
  const wrong = inFolders.filter(({ file, from }) => from.startsWith('@nestjs/') && !NEST[folderOf(file)]?.test(from));
  expect(shown(wrong)).toEqual([]);
});

test('nothing imports a barrel, or the package by its own name', () => {
  const wrong = imports.filter((each) =>
    isLocal(each) ? basename(each.from) === 'index.js' : each.from.startsWith('nestjs-auth-apis'),
  );
  expect(shown(wrong)).toEqual([]);
});

test('only the entry points are barrels', () => {
  expect(files.filter((file) => basename(file) === 'index.ts').sort()).toEqual(ENTRY_POINTS);
  const barrels = files.filter((file) => {
    const source = readFileSync(join(LIB, file), 'utf8');
    return /^export\s+(type\s+)?(\*|\{[^}]*\})\s+from\s/m.test(source);
  });
  expect(barrels.sort()).toEqual(ENTRY_POINTS);
});

/** What a subpath may import beside. */
const OWN: Record<string, RegExp> = {
  store: /^jose\/jwe\/compact\/(encrypt|decrypt)$/, // token-cipher.ts, see above
  undici: /^undici$/,
  opentelemetry: /^@opentelemetry\/api$/,
  health: /^@nestjs\/terminus$/,
  schedule: /^@nestjs\/schedule$/,
};

test('no optional peer is imported by the core', () => {
  const known =
    /^(node:|@nestjs\/(common|core|axios)$|axios$|rxjs$|valibot$|jose\/jwt\/decode$|tinyqueue$|follow-redirects$|reflect-metadata$)/;
  const wrong = imports.filter(
    (each) => !isLocal(each) && !known.test(each.from) && !OWN[folderOf(each.file)]?.test(each.from),
  );
  expect(shown(wrong)).toEqual([]);
});

test('no two files import each other, types included', () => {
  const pairs = new Set(
    imports.filter(isLocal).map((each) => `${each.file} ${targetOf(each).replace(/\.js$/, '.ts')}`),
  );
  const mutual = [...pairs].filter((pair) => pairs.has(pair.split(' ').toReversed().join(' ')));
  expect(mutual).toEqual([]);
});

test('no file imports itself in a circle', () => {
  const edges = new Map<string, string[]>();
  for (const each of imports.filter((each) => isLocal(each) && !each.isType)) {
    edges.set(each.file, [...(edges.get(each.file) ?? []), targetOf(each).replace(/\.js$/, '.ts')]);
  }
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
    if (path.includes(file) || done.has(file)) return;
    for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of edges.keys()) visit(file, []);
  expect(circles).toEqual([]);
});

test('our own listeners to events subscribe through `AuthApis.listen`, which survives what they throw', () => {
  const code = (file: string): string => readFileSync(join(LIB, file), 'utf8').replaceAll(/^\s*\*.*$/gm, '');
  expect(files.filter((file) => /events\$?\.subscribe\(/.test(code(file)))).toEqual(['module/auth-apis.ts']);
});

test('a unit test shares the name of the file it covers, or says in its first line what it covers', () => {
  const root = join(LIB, '..');
  const tests = readdirSync(join(root, 'test/unit'), { recursive: true, encoding: 'utf8' });
  const homeless = tests.filter((file) => {
    if (!file.endsWith('.test.ts')) return false;
    const name = `${basename(file, '.test.ts')}.ts`;
    if (files.some((each) => folderOf(each) === folderOf(file) && basename(each) === name)) return false;
    const covered = /^\/\/ Covers `([^`]+)`/.exec(readFileSync(join(root, 'test/unit', file), 'utf8'))?.[1];
    return covered === undefined || !existsSync(join(root, covered));
  });
  expect(homeless).toEqual([]);
});
