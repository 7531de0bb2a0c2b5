import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** `TEST_UNDICI=8` runs what is written for undici over the other major that is promised; it needs Node 22.19. */
const undici = process.env.TEST_UNDICI ? [{ find: /^undici$/, replacement: `undici-${process.env.TEST_UNDICI}` }] : [];

const secondTries = path('./test/support/second-tries.reporter.ts');

export default defineConfig({
  // Nest reads constructor types at run time; esbuild-style transforms drop them, oxc keeps them.
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  resolve: {
    alias: [
      ...undici,
      { find: /^nestjs-auth-apis$/, replacement: path('./lib/index.ts') },
      { find: /^nestjs-auth-apis\/testing$/, replacement: path('./lib/testing/index.ts') },
      { find: /^nestjs-auth-apis\/redis$/, replacement: path('./lib/redis/index.ts') },
      { find: /^nestjs-auth-apis\/undici$/, replacement: path('./lib/undici/index.ts') },
      { find: /^nestjs-auth-apis\/dashboard$/, replacement: path('./lib/dashboard/index.ts') },
      { find: /^nestjs-auth-apis\/opentelemetry$/, replacement: path('./lib/opentelemetry/index.ts') },
      { find: /^nestjs-auth-apis\/health$/, replacement: path('./lib/health/index.ts') },
      { find: /^nestjs-auth-apis\/schedule$/, replacement: path('./lib/schedule/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/{faults,fuzz}/**'], // see vitest.hardening.config.ts
    setupFiles: ['test/support/setup.ts'],
    testTimeout: 15_000,
    ...(process.env.CI && { retry: 1, reporters: ['default', secondTries] }),
    // Most of the time passes with waiting; the default on two cores would be one.
    maxWorkers: 2,
    coverage: {
      provider: 'v8',
      include: ['lib/**/*.ts'],
      exclude: ['lib/dashboard/browser/**'], // runs in the browser that looks at it
      reporter: ['text-summary', 'json-summary'],
      thresholds: { branches: 95 },
    },
  },
});
