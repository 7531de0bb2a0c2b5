import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { AuthApisModuleExtras, AuthApisOptions } from 'nestjs-auth-apis';
import { AuthApisModule } from 'nestjs-auth-apis';
import type { AuthApisDashboardOptions } from 'nestjs-auth-apis/dashboard';
import { AuthApisDashboardModule } from 'nestjs-auth-apis/dashboard';
import { rolldown } from 'rolldown';
import { beforeAll, onTestFinished } from 'vitest';
import { PageFiles } from '../../lib/dashboard/page-files.js';
import type { Certificate } from './certificate.js';

const BROWSER = fileURLToPath(new URL('../../lib/dashboard/browser/', import.meta.url));

/** Builds what the page is made of, as `npm run build` does. To be called at the top of a test file. */
export function buildPage(): void {
  let directory: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'dashboard-page-'));
    cpSync(BROWSER, directory, { recursive: true });
    const bundle = await rolldown({ input: join(BROWSER, 'page.ts') });
    await bundle.write({ file: join(directory, 'page.js'), format: 'iife', minify: true });
    await bundle.close();
    const before = PageFiles.directory;
    PageFiles.directory = pathToFileURL(`${directory}/`);
    return () => {
      PageFiles.directory = before;
      rmSync(directory, { recursive: true });
    };
  });
}

export const PLATFORMS = ['express', 'fastify'] as const;

export interface DashboardWishes {
  readonly platform?: (typeof PLATFORMS)[number];
  readonly apis: AuthApisOptions & AuthApisModuleExtras;
  readonly dashboard?: AuthApisDashboardOptions;
  readonly module?: ModuleMetadata;
  readonly port?: number;
  readonly https?: Certificate;
  readonly configure?: (app: INestApplication) => void;
}

export interface DashboardApp {
  readonly app: INestApplication;
  /** Without the page's path. */
  readonly origin: string;
  /** The page. */
  readonly url: string;
}

/** A listening app with the page in it; closed when the test ends. */
export async function dashboardApp(wishes: DashboardWishes): Promise<DashboardApp> {
  const {
    platform = 'express',
    apis,
    dashboard = { unguarded: true },
    module = {},
    port = 0,
    https,
    configure,
  } = wishes;
  const { imports = [], ...rest } = module;
  @Module({ imports: [AuthApisModule.forRoot(apis), AuthApisDashboardModule.register(dashboard), ...imports], ...rest })
  class AppModule {}
  const options = { logger: false, abortOnError: false, ...(https && { httpsOptions: https }) } as const;
  const app =
    platform === 'express'
      ? await NestFactory.create(AppModule, options)
      : await NestFactory.create(AppModule, new FastifyAdapter(https ? { https } : {}), options);
  onTestFinished(() => app.close());
  configure?.(app);
  await app.listen(port, '127.0.0.1');
  const origin = await app.getUrl();
  return { app, origin, url: `${origin}/${dashboard.path ?? 'auth-apis'}` };
}
