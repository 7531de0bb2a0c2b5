import 'reflect-metadata';
import { SparkflyClient, TokenRefreshScheduler } from 'nestjs-auth-apis';
import { expect, test } from 'vitest';
import { describeInBrowser } from '../../support/browser.js';
import { buildPage, dashboardApp } from '../../support/dashboard-app.js';
import { failureOf } from '../../support/outcome.js';
import { fakeSparkfly, sparkflyAccount } from '../../support/vendors.js';

buildPage();

describeInBrowser('what the dashboard says is next', (open) => {
  test.each([
    ['a refresh', 'of a token', { enabled: true, token: true, failure: false }, ['refresh']],
    ['a retry', 'of a refresh that failed', { enabled: true, token: true, failure: true }, ['retry']],
    ['a retry', 'that nobody waits for', { enabled: true, token: false, failure: true }, ['retry']],
    ['nothing', 'of a token, without refreshes', { enabled: false, token: true, failure: false }, []],
    [
      'a retry',
      'while the account is in use, without refreshes',
      { enabled: false, token: true, failure: true },
      ['retry'],
    ],
    [
      'nothing',
      'where there never was a token, without refreshes',
      { enabled: false, token: false, failure: true },
      [],
    ],
  ])('%s: %s', async (_, __, { enabled, token, failure }, expected) => {
    const vendor = await fakeSparkfly();
    const apis = { prefetch: 'none', refresh: { enabled }, sparkfly: sparkflyAccount(vendor) } as const;
    const { app, url } = await dashboardApp({ apis });
    const { tokens } = app.get(SparkflyClient);
    if (token) await tokens.get();
    vendor.failNext({ on: 'token', status: 503, headers: { 'Retry-After': '60' }, times: Infinity });
    if (failure) await failureOf(tokens.refresh());
    const { page } = await open(url);
    await page.locator(`.card[data-health=${!failure ? 'up' : token ? 'failing' : 'down'}]`).waitFor();
    const upcoming = app.get(TokenRefreshScheduler).upcoming();
    expect(upcoming.map(({ action }) => action)).toEqual(expected);
    expect(await page.locator('#planned .what').allTextContents()).toEqual(expected);
    expect(await page.getByText('Nothing is planned.').isVisible()).toBe(expected.length === 0);
  });
});
