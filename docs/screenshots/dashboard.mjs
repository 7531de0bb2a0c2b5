// Makes the pictures of the dashboard: `npm run screenshots`. Needs Chromium; with the font Inter they look as they do here.
import 'reflect-metadata';
import { fileURLToPath } from 'node:url';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthApis, AuthApisModule } from 'nestjs-auth-apis';
import { AuthApisDashboardModule } from 'nestjs-auth-apis/dashboard';
import { FakeSparkfly, FakeVerbit, ManualClock } from 'nestjs-auth-apis/testing';
import { chromium } from 'playwright-core';

const MINUTE = 60_000;
const clock = new ManualClock(Date.parse('2026-01-15T09:12:40Z'));
const verbit = await FakeVerbit.start({ clock });
const sparkfly = await FakeSparkfly.start({ clock, accounts: { east: 'east-key' } });
const { baseURL } = sparkfly;

const tenants = await FakeSparkfly.start({ clock });
const resolve = (id) => ({ identity: tenants.identity, key: id === 'florist' ? 'an old key' : tenants.key });

class AppModule {}
Module({
  imports: [
    AuthApisModule.forRoot({
      clock,
      random: () => 0.5,
      prefetch: 'none',
      verbit: [
        { apiKey: verbit.apiKey, baseURL: verbit.baseURL },
        { name: 'archive', apiKey: verbit.apiKey, baseURL: verbit.baseURL },
      ],
      sparkfly: [
        { identity: sparkfly.identity, key: sparkfly.key, baseURL },
        { name: 'east', identity: 'east', key: 'not any more', baseURL },
        { baseURL: tenants.baseURL, accounts: { resolve } },
      ],
    }),
    AuthApisDashboardModule.register({ unguarded: true, allowRefresh: true }),
  ],
})(AppModule);

const app = await NestFactory.create(AppModule, { logger: false });
await app.listen(0, '127.0.0.1');
const apis = app.get(AuthApis);
const call = (client) => client.tokens.get().catch(() => undefined);
await live();
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    '--headless',
    '--disable-lcd-text',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-sync',
  ],
});
await picture('light', { colorScheme: 'light', viewport: { width: 1180, height: 690 } });
await picture('dark', { colorScheme: 'dark', viewport: { width: 1180, height: 690 } });
await picture('phone', { colorScheme: 'light', viewport: { width: 390, height: 844 }, deviceScaleFactor: 1.5 });
await browser.close();
await app.close();
await Promise.all([verbit, sparkfly, tenants].map((vendor) => vendor.close()));

/** A morning: tokens come and are refreshed, one vendor goes down, one customer's key is wrong. */
async function live() {
  await Promise.all([call(apis.client('verbit')), call(apis.client('sparkfly'))]);
  for (let i = 1; i <= 24; i++) await call(apis.client('sparkfly', `shop-${i}`));
  await clock.advance(38 * MINUTE);
  apis
    .client('sparkfly')
    .tokens.refresh()
    .catch(() => undefined);
  await clock.advance(31 * MINUTE);
  await call(apis.client('verbit'));
  verbit.failNext({ on: 'token', status: 503, times: 1_000 });
  await clock.advance(21 * MINUTE);
  await Promise.all([call(apis.client('sparkfly', 'east')), call(apis.client('sparkfly', 'florist'))]);
  await clock.advance(2 * MINUTE);
}

async function picture(name, options) {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', ...options });
  const page = await context.newPage();
  await page.goto(`${await app.getUrl()}/auth-apis`);
  await page.locator('.card').first().waitFor();
  await page.locator('.refresh-now').first().waitFor();
  await page.screenshot({ path: fileURLToPath(new URL(`../dashboard-${name}.png`, import.meta.url)) });
  await context.close();
}
