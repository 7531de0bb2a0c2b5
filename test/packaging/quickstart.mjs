import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { start } from './child.mjs';

/** Runs the compiled quickstart against the fakes, calls it as a user would, and ends it. */
export async function tryQuickstart({ node, dir, main }) {
  const port = await freePort();
  // No proxy settings, no credentials of this machine.
  const env = { PATH: process.env.PATH, PORT: String(port) };
  const args = ['--import', './fake-vendors.mjs', main];
  const app = start(node, args, { cwd: dir, env, timeoutMs: 30_000 });
  try {
    const url = `http://127.0.0.1:${port}`;
    const offers = await Promise.race([getWhenUp(`${url}/offers`), early(app)]);
    assert.ok(offers.length > 0 && offers.every(({ id, name }) => id && name), JSON.stringify(offers));
    const order = await getWhenUp(`${url}/orders/7`);
    assert.equal(order.id, 7);
  } catch (error) {
    throw new Error(`${error.message}\n${app.output()}`, { cause: error });
  } finally {
    app.stop('SIGTERM');
  }
  const { signal, code, output } = await app.ended;
  assert.ok(signal === 'SIGTERM' || code === 0, `SIGTERM did not end the app: ${code ?? signal}\n${output}`);
}

async function early(app) {
  const { code, signal } = await app.ended;
  throw new Error(`the app ended with ${code ?? signal}`);
}

/** The JSON of a 200, as soon as somebody listens. */
async function getWhenUp(url) {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const response = await fetch(url, { signal: AbortSignal.timeout(20_000) }).catch((error) => error);
    if (response instanceof Response) {
      assert.equal(response.status, 200, `${url} answered ${response.status}`);
      return response.json();
    }
    if (Date.now() > deadline) throw response;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
