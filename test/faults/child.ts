import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The package as it is built, for apps in a process of their own. */
export class BuiltPackage {
  readonly #folder = join(ROOT, 'node_modules', `.faults-${process.pid}`);

  build(): void {
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const project = join(ROOT, 'tsconfig.build.json');
    execFileSync(process.execPath, [tsc, '-p', project, '--outDir', this.#folder, '--noCheck']);
    writeFileSync(join(this.#folder, 'package.json'), '{"type":"module"}');
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** An app that reads `options` and finds `app`, a client of each account, and `tell`; the process is its own. */
  run(name: string, options: object, source: string): Child {
    const file = join(this.#folder, `${name}.js`);
    writeFileSync(file, PRELUDE + source);
    const env = { PATH: process.env['PATH'], OPTIONS: JSON.stringify(options) };
    return new Child(spawn(process.execPath, [file], { env }));
  }
}

const PRELUDE = `
import 'reflect-metadata';
import { once } from 'node:events';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthApis, AuthApisModule } from './index.js';
import { firstValueFrom } from 'rxjs';
const unhandled = [];
process.on('unhandledRejection', (error) => unhandled.push(String(error)));
class AppModule {}
Module({ imports: [AuthApisModule.forRoot(JSON.parse(process.env.OPTIONS))] })(AppModule);
const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
const apis = app.get(AuthApis);
const call = (client) => firstValueFrom(client.get('/orders/7')).then(
  ({ status }) => String(status),
  ({ response, code }) => String(response?.status ?? code),
);
const tell = (value) => console.log(JSON.stringify(value));
const told = () => once(process.stdin, 'data');
`;

export class Child {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: string[] = [];
  readonly #ended: Promise<number | null>;
  #stdout = '';
  #stderr = '';
  #onLine: () => void = () => {};

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#process = child;
    child.stderr.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
    child.stdout.on('data', (chunk: Buffer) => {
      const lines = (this.#stdout + chunk.toString()).split('\n');
      this.#stdout = lines.pop()!;
      this.#lines.push(...lines);
      this.#onLine();
    });
    this.#ended = new Promise((resolve) =>
      child.once('close', (code) => {
        resolve(code);
        this.#onLine();
      }),
    );
  }

  /** The next thing that it tells. */
  async hears<T>(): Promise<T> {
    while (this.#lines.length === 0) {
      if (this.#process.exitCode !== null) throw new Error(`the process has ended: ${this.#stderr}`);
      await new Promise<void>((resolve) => (this.#onLine = resolve));
    }
    return JSON.parse(this.#lines.shift()!) as T;
  }

  /** Ends what its `told()` waits for. */
  tell(): void {
    this.#process.stdin.end('go\n');
  }

  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
    this.#process.kill(name);
  }

  /** Its exit code, and what it wrote to stderr. */
  async end(): Promise<string> {
    return `${await this.#ended}${this.#stderr}`;
  }
}
