import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const out = fileURLToPath(new URL('./out/', import.meta.url));

const pages = ['README.md', ...(await readdir(`${root}docs`)).map((name) => `docs/${name}`)]
  .filter((page) => page.endsWith('.md'))
  .map((page) => ({ page, text: readFileSync(root + page, 'utf8') }));

/** The TypeScript blocks of the README and the guides, in their order. */
const blocks = pages.flatMap(({ page, text }) =>
  [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code], i) => ({
    file: `${page.replace(/\W+/g, '-')}-${i}.ts`,
    code: code!,
  })),
);

beforeAll(async () => {
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  await Promise.all(blocks.map(({ file, code }) => writeFile(out + file, code)));
  const config = {
    extends: '../../../tsconfig.json',
    compilerOptions: { noUnusedLocals: false, verbatimModuleSyntax: false, isolatedModules: false },
    include: ['*.ts'],
  };
  await writeFile(`${out}tsconfig.json`, JSON.stringify(config));
});

afterAll(() => rm(out, { recursive: true, force: true }));

test('every TypeScript block of the README and the guides compiles in a strict project', async () => {
  for (const page of ['README', 'docs']) {
    expect(blocks.filter(({ file }) => file.startsWith(page)).length).toBeGreaterThan(3);
  }
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [`${root}node_modules/typescript/bin/tsc`, '-p', out],
    {
      cwd: root,
    },
  ).catch((error: { stdout: string }) => error);
  expect(stdout).toBe('');
});

test('the README example of a test runs and ends as it says', async () => {
  const { file } = blocks.find(({ code }) => code.includes('aTokenIsRefreshedAndReplaced'))!;
  const example = (await import(pathToFileURL(out + file).href)) as {
    aTokenIsRefreshedAndReplaced(): Promise<{ status: number; tokenRequests: number }>;
  };
  await expect(example.aTokenIsRefreshedAndReplaced()).resolves.toEqual({ status: 200, tokenRequests: 4 });
});

test.each(pages)('what $page links to is there', ({ page, text }) => {
  const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(#[^)\s]*)?\)/g)];
  const broken = links.filter(([, path, anchor]) => {
    const target = path ? resolve(dirname(root + page), path) : root + page;
    return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
  });
  expect(broken.map(([link]) => link)).toEqual([]);
});

test('pages and data of docs that the packed documents link to are in the tarball', async () => {
  const args = ['pack', '--dry-run', '--ignore-scripts', '--json'];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: root });
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  const packed = new Set(files.map(({ path }) => path));
  const targets = pages.flatMap(({ page, text }) =>
    [...text.matchAll(/\]\((?!https?:)([^)#\s]+\.(?:md|json|yml))(?:#[^)\s]*)?\)/g)].map(([, path]) =>
      relative(root, resolve(dirname(root + page), path!)),
    ),
  );
  expect(targets).toContain('docs/prometheus-alerts.yml');
  expect(targets.filter((path) => /^(docs\/|[^/]+$)/.test(path) && !packed.has(path))).toEqual([]);
});

/** As GitHub makes them: lower case, spaces as hyphens, of the rest only letters and digits. */
function anchorsOf(path: string): string[] {
  const headings = readFileSync(path, 'utf8').matchAll(/^#+ (.*)$/gm);
  return [...headings].map(
    ([, words]) =>
      `#${words!
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-')}`,
  );
}
