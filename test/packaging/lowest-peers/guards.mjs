// Redirects, proxies, leaks and cleared interceptors with the oldest of everything that is promised. Run twice: the second
// time with proxies of the environment, which Node itself uses by `NODE_USE_ENV_PROXY` from version 22.21 and 24.5 on.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthApisModule, OutboundAuthorizationInterceptor, SparkflyClient } from 'nestjs-auth-apis';
import { FakeSparkfly } from 'nestjs-auth-apis/testing';
import axios from 'axios';

async function listening(answer = (_, response) => response.end('{}')) {
  const requests = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  server.on('connect', (request, socket) => {
    requests.push(request);
    socket.destroy();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => (server.closeAllConnections(), new Promise((resolve) => server.close(resolve)));
  return { requests, origin: `http://127.0.0.1:${server.address().port}`, close };
}

const ways = {
  http: {},
  'http without redirects of its own': { maxRedirects: 0, validateStatus: null },
  fetch: { adapter: 'fetch', validateStatus: null },
  'the fetch adapter itself': { adapter: axios.getAdapter('fetch'), validateStatus: null },
};

for (const [name, way] of Object.entries(ways)) {
  const vendor = await FakeSparkfly.start();
  const stranger = await listening();
  const { identity, key, baseURL } = vendor;
  class App {}
  Module({ imports: [AuthApisModule.forRoot({ prefetch: 'none', sparkfly: { identity, key, baseURL } })] })(App);
  const app = await NestFactory.createApplicationContext(App, { logger: ['error'] });
  const client = app.get(SparkflyClient);
  const instance = axios.create({ baseURL });
  app.get(OutboundAuthorizationInterceptor).attach({ axiosRef: instance });
  for (const ref of [client.axiosRef, instance]) {
    const response = await ref.get('/offers', way);
    assert.equal(response.status, 200, name);
    const error = await ref.get('/offers', { ...way, validateStatus: () => false }).catch((failed) => failed);
    for (const status of [301, 302, 303, 307, 308]) {
      vendor.failNext({ on: 'api', status, headers: { Location: `${stranger.origin}/` } });
      await ref.get('/echo', { ...way, validateStatus: null });
    }
    for (const shown of [response, error]) {
      const text = inspect(shown, { depth: Infinity, showHidden: true, getters: true });
      for (const secret of [key, ...vendor.tokensIssued])
        assert.ok(!text.includes(secret), `${name}: a secret is shown`);
    }
    assert.equal(typeof response.config.adapter, typeof (way.adapter ?? []), name);
    ref.interceptors.request.clear();
    assert.equal((await ref.get('/offers', way)).status, 200, `${name}: after clear()`);
  }
  for (const { headers } of stranger.requests)
    assert.equal(headers['x-auth-token'], undefined, `${name}: the token went elsewhere`);
  await app.close();
  await vendor.close();
  await stranger.close();
}
assert.throws(() => new OutboundAuthorizationInterceptor({}).attach({ axiosRef: axios }), /HttpModule\.register/);

if (!process.env.HTTP_PROXY) {
  const proxy = await listening();
  const [HTTP_PROXY, HTTPS_PROXY] = [proxy.origin, proxy.origin];
  const env = { ...process.env, NODE_USE_ENV_PROXY: '1', NO_PROXY: '', HTTP_PROXY, HTTPS_PROXY };
  const [code] = await once(
    spawn(process.execPath, [fileURLToPath(import.meta.url)], { env, stdio: 'inherit' }),
    'exit',
  );
  assert.equal(code, 0, 'with proxies of the environment');
  for (const { headers } of proxy.requests) {
    for (const name of ['x-auth-token', 'x-auth-key'])
      assert.equal(headers[name], undefined, `the proxy was sent ${name}`);
  }
  await proxy.close();
}
