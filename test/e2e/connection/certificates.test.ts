import { execFileSync, spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { selfSigned } from '../../support/certificate.js';
import { plainServer } from '../../support/plain-server.js';

/** Node reads `NODE_EXTRA_CA_CERTS` when a process begins: an app of its own. */
const APP = `
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { accountsFor, AuthApis, AuthApisModule, defineTokenApi } from './index.js';
const probe = defineTokenApi({
  name: 'probe',
  credentials: ['appKey'],
  tokenURL: 'token',
  lifetimeMs: 3_600_000,
  placement: { in: 'header', name: 'X-Probe-Token' },
  request: ({ url }) => ({ method: 'POST', url, headers: {}, body: '' }),
  parseResponse: ({ json }) => ({ token: json.token }),
});
const { BASE_URL: baseURL, TOKEN_URL: tokenURL } = process.env;
const apis = [accountsFor(probe, { baseURL, tokenURL, appKey: 'key' })];
class AppModule {}
Module({ imports: [AuthApisModule.forRoot({ apis, prefetch: 'none' })] })(AppModule);
const app = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
const call = app.get(AuthApis).client(probe).axiosRef.get('/', { timeout: 5_000 });
console.log(await call.then(({ status }) => status, ({ code }) => code));
await app.close();
`;

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const build = join(ROOT, 'node_modules', `.e2e-certificates-${process.pid}`);
const { cert, key } = selfSigned(['localhost'], ['127.0.0.1']);

beforeAll(() => {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', join(ROOT, 'tsconfig.build.json'), '--outDir', build, '--noCheck']);
  writeFileSync(join(build, 'package.json'), '{"type":"module"}');
  writeFileSync(join(build, 'app.js'), APP);
  writeFileSync(join(build, 'ca.pem'), cert);
}, 60_000);
afterAll(() => rmSync(build, { recursive: true, force: true }));

/** Where an API is over TLS, and what its app is told. */
async function api(): Promise<Record<string, string>> {
  const tokens = await plainServer((_, response) => response.end('{"token":"a-token"}'));
  const server = createServer({ cert, key }, ({ headers }, response) => {
    response.writeHead(headers['x-probe-token'] === 'a-token' ? 200 : 401).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const BASE_URL = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { BASE_URL, TOKEN_URL: `${tokens.origin}/token` };
}

/** The status of one call, or the code of its error. */
function run(env: Record<string, string>): Promise<string> {
  const child = spawn(process.execPath, [join(build, 'app.js')], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return new Promise((resolve) => child.once('close', () => resolve(said.trim())));
}

test('a certificate of NODE_EXTRA_CA_CERTS is trusted', async () => {
  expect(await run({ ...(await api()), NODE_EXTRA_CA_CERTS: join(build, 'ca.pem') })).toBe('200');
});

test('one that nobody vouches for is not', async () => {
  expect(await run(await api())).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
});
