// Covers `bench/src/start-up/optional-peers.ts`.
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { isOfOptionalPeer } from '../../../bench/src/start-up/optional-peers.js';

const require = createRequire(import.meta.url);

test.each(['@nestjs/schedule', '@nestjs/terminus', '@opentelemetry/api', 'ioredis', 'redis', 'undici'])(
  'a start that loads %s has loaded an optional peer',
  (name) => {
    expect(isOfOptionalPeer(require.resolve(name))).toBe(true);
  },
);

test.each(['@nestjs/core', '@nestjs/axios', 'axios', 'rxjs', 'jose'])('%s is there anyway', (name) => {
  expect(isOfOptionalPeer(require.resolve(name))).toBe(false);
});
