import { HttpService } from '@nestjs/axios';
import type { AuthApisOptions } from 'nestjs-auth-apis';
import { OutboundAuthorizationInterceptor } from 'nestjs-auth-apis';
import { authorizationInterceptor } from 'nestjs-auth-apis/undici';
import { Agent, request } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { logLines } from '../../support/log-lines.js';
import { sparkflyApp } from '../../support/vendors.js';

type Rule = NonNullable<AuthApisOptions['isUnauthorized']>;

const throwing: Rule = () => {
  throw new TypeError('what the app says');
};
/** Written by somebody who tried it with axios alone. */
const readsData: Rule = ({ status, data }) => status === 401 || (data as { error: string }).error === 'bad token';

/** The status that a call of `/offers` gets, by each way that there is. */
const ways = {
  client: ({ client }) => client.axiosRef.get('/offers').then(({ status }) => status),
  attach: ({ app, vendor }) => {
    const service = new HttpService();
    app.get(OutboundAuthorizationInterceptor).attach(service);
    return service.axiosRef.get(`${vendor.baseURL}/offers`).then(({ status }) => status);
  },
  fetch: ({ client }) => client.fetch('/offers').then(({ status }) => status),
  'undici.request': async ({ client, vendor }) => {
    const agent = new Agent();
    onTestFinished(() => agent.destroy());
    const dispatcher = agent.compose(authorizationInterceptor(client));
    const { statusCode, body } = await request(`${vendor.baseURL}/offers`, { dispatcher });
    await body.dump();
    return statusCode;
  },
} satisfies Record<string, (app: Awaited<ReturnType<typeof sparkflyApp>>) => Promise<number>>;

describe.each(Object.entries(ways))('%s', (_way, call) => {
  test.each([
    ['always throws', throwing],
    ['reads what is not there', readsData],
  ])('with a rule that %s, good answers are good, and a 401 is answered with another token', async (_, rule) => {
    const running = await sparkflyApp({ options: { isUnauthorized: rule } });
    expect(await call(running)).toBe(200);
    running.vendor.rejectNext();
    expect(await call(running)).toBe(200);
    expect(running.vendor.counters).toMatchObject({ tokenRequests: 2, apiRequests: 3 });
  });
});

test('one line says so, and not what the app has said', async () => {
  const { client } = await sparkflyApp({ options: { isUnauthorized: throwing } });
  const warnings = logLines('warn');
  for (let i = 0; i < 3; i++) await client.axiosRef.get('/offers');
  expect(warnings).toEqual([expect.stringMatching(/`isUnauthorized` has thrown \(TypeError\)/)]);
});
