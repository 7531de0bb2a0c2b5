import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const LIB = fileURLToPath(new URL('../../lib', import.meta.url));

/** Which folders of `lib` a folder may import from, beside itself; `types` only by `import type`. */
const ARROWS: Record<string, { values: string[]; types?: string[]; nest?: boolean }> = {
  common: { values: [] },
  vendors: { values: ['common'] },
  request: { values: ['common', 'vendors'] },
  token: { values: ['common', 'vendors', 'request'] },
  config: { values: ['common', 'vendors'], types: ['request'], nest: true },
  accounts: { values: ['common', 'vendors', 'request', 'token'], types: ['config'] },
  scheduler: { values: ['common', 'vendors', 'request', 'token'] },
  interceptor: { values: ['common', 'vendors', 'request', 'token'], types: ['config', 'accounts'], nest: true },
  clients: { values: ['common', 'vendors', 'request', 'token'], types: ['accounts'], nest: true },
  module: {
    values: ['common', 'vendors', 'request', 'token', 'accounts', 'config', 'scheduler', 'interceptor', 'clients'],
    nest: true,
  },
  redis: { values: ['common'], types: ['request'] },
  undici: { values: ['common', 'token', 'interceptor', 'clients'], types: ['accounts'] },
  health: { values: ['common', 'token', 'module'], types: ['accounts'], nest: true },
  opentelemetry: { values: ['common', 'module', 'token'], types: ['accounts'], nest: true },
  dashboard: { values: ['common', 'token', 'module'], types: ['accounts'], nest: true },
  cli: { values: ['common', 'vendors', 'request', 'token', 'accounts', 'config', 'testing'] },
  schedule: { values: ['common', 'module', 'scheduler'], types: ['token'], nest: true },
  testing: { values: [], types: ['request'] },
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

test('every folder of lib is drawn in the arrows', () => {
  const folders = new Set(files.filter((file) => file.includes('/')).map(folderOf));
  expect([...folders].filter((folder) => !(folder in ARROWS))).toEqual([]);
});

test('folders import along the arrows alone', () => {
  const wrong = inFolders.filter(isLocal).filter((each) => {
    const from = folderOf(each.file);
    const to = folderOf(targetOf(each));
    if (from === to) return false;
    // The fakes know nothing of the package but what time is, the checks what a store is.
    if (from === 'testing' && targetOf(each) === 'request/token-store.js') return !each.isType;
    if (from === 'testing') return targetOf(each) !== 'common/clock.js';
    const { values, types = [] } = ARROWS[from]!;
    return !values.includes(to) && !(each.isType && types.includes(to));
  });
  expect(shown(wrong)).toEqual([]);
});

test('the core knows nothing of Nest', () => {
  const wrong = inFolders.filter(({ file, from }) => from.startsWith('@nestjs/') && !ARROWS[folderOf(file)]?.nest);
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
  redis: /^jose\/jwe\/compact\/(encrypt|decrypt)$/,
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
