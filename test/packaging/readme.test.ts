import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const out = fileURLToPath(new URL('./out/', import.meta.url));

/** The TypeScript blocks of the README, in their order. */
async function codeBlocks(): Promise<string[]> {
  const readme = await readFile(`${root}README.md`, 'utf8');
  return [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code!);
}

let blocks: string[];

beforeAll(async () => {
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  blocks = await codeBlocks();
  await Promise.all(blocks.map((code, i) => writeFile(`${out}block-${i}.ts`, code)));
  const config = {
    extends: '../../../tsconfig.json',
    compilerOptions: { noUnusedLocals: false, verbatimModuleSyntax: false, isolatedModules: false },
    include: ['*.ts'],
  };
  await writeFile(`${out}tsconfig.json`, JSON.stringify(config));
});

afterAll(() => rm(out, { recursive: true, force: true }));

test('every TypeScript block of the README compiles in a strict project', async () => {
  expect(blocks.length).toBeGreaterThan(5);
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
  const index = blocks.findIndex((code) => code.includes('aTokenIsRefreshedAndReplaced'));
  const example = (await import(pathToFileURL(`${out}block-${index}.ts`).href)) as {
    aTokenIsRefreshedAndReplaced(): Promise<{ status: number; tokenRequests: number }>;
  };
  await expect(example.aTokenIsRefreshedAndReplaced()).resolves.toEqual({ status: 200, tokenRequests: 4 });
});
