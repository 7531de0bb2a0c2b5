import 'reflect-metadata';
import type { Page } from 'playwright-core';
import { SparkflyClient } from 'nestjs-auth-apis';
import { expect, test } from 'vitest';
import { DashboardFeed } from '../../../lib/dashboard/dashboard-feed.js';
import { describeInBrowser } from '../../support/browser.js';
import type { DashboardWishes } from '../../support/dashboard-app.js';
import { buildPage, dashboardApp } from '../../support/dashboard-app.js';
import { sleep, until } from '../../support/outcome.js';
import { fakeSparkfly, sparkflyAccount } from '../../support/vendors.js';

buildPage();

/** A browser without a screen hides no tab: the page is told so, in the way in which it would be. */
const see = (page: Page, isSeen: boolean): Promise<void> =>
  page.evaluate(`Object.defineProperty(document, 'hidden', { configurable: true, value: ${!isSeen} });
    document.dispatchEvent(new Event('visibilitychange'))`);

const live = (page: Page): Promise<void> => page.locator('#connection[data-state=live]').waitFor();
const overall = (page: Page, text: string): Promise<void> =>
  page.locator('#overall', { hasText: new RegExp(`^${text}$`) }).waitFor();

describeInBrowser('tabs of the dashboard', (open) => {
  async function setUp(more: Partial<DashboardWishes> = {}) {
    const vendor = await fakeSparkfly();
    const dashboard = { unguarded: true, allowRefresh: true };
    const started = await dashboardApp({
      apis: { prefetch: 'none', sparkfly: sparkflyAccount(vendor) },
      dashboard,
      ...more,
    });
    const { app } = started;
    return {
      vendor,
      ...started,
      feed: app.get(DashboardFeed, { strict: false }),
      tokens: app.get(SparkflyClient).tokens,
    };
  }

  test('any number may be open: one that nobody sees is not connected, and is back when seen', async () => {
    const { url, feed, tokens } = await setUp();
    const { page: first, complaints } = await open(url);
    await live(first);
    let last = first;
    for (let i = 0; i < 7; i++) {
      await see(last, false); // browsers allow six connections to a server
      last = await first.context().newPage();
      await last.goto(url);
      await live(last);
    }
    await until(() => feed.viewers === 1);
    await last.getByRole('button', { name: 'Refresh now' }).click();
    await last.getByText('A new token is there').waitFor();
    await tokens.get();

    await first.evaluate(`window.seen = []; new MutationObserver(() => seen.push(document.body.dataset.connection))
      .observe(document.body, { attributes: true })`);
    await see(first, true);
    await overall(first, 'The account is up');
    expect(await first.evaluate('window.seen.includes("lost")')).toBe(false);
    await until(() => feed.viewers === 2);
    expect(complaints).toEqual([]);
  });

  test('what a tab shows that was hidden during an outage of the app is from before it was hidden', async () => {
    const { app, url, feed } = await setUp();
    const { page } = await open(url);
    await live(page);
    const shownAt = Date.now();
    await see(page, false);
    await until(() => feed.viewers === 0);
    await app.close();
    await sleep(3_000); // longer than a browser needs to see it
    expect(await page.locator('#connection').textContent()).toBe('Live');
    await see(page, true);
    const told = page.getByText(/^Connection lost since \d\d:\d\d:\d\d\. Trying again$/);
    await told.waitFor();
    const since = /[\d:]{8}/.exec((await told.textContent())!)![0];
    const before = Array.from({ length: 15 }, (_, i) => new Date(shownAt - i * 1_000).toISOString().slice(11, 19));
    expect(before).toContain(since);
  });

  test('a refresh that nobody answers is told as one', async () => {
    const { page } = await open((await setUp()).url);
    await page.route('**/*?api=sparkfly*', () => undefined);
    await page.evaluate('const { timeout } = AbortSignal; AbortSignal.timeout = () => timeout.call(AbortSignal, 200)');
    await page.getByRole('button', { name: 'Refresh now' }).click();
    await page.getByText('The app did not answer: nobody knows whether it has asked').waitFor();
    expect(await page.getByRole('button', { name: 'Refresh now' }).getAttribute('aria-disabled')).toBe('false');
  });

  test('a URL with user and password in it is as good as any', async () => {
    const { url } = await setUp();
    const { page, complaints } = await open(url.replace('//', '//ops:secret@'));
    await page.getByRole('button', { name: 'Refresh now' }).click();
    await page.getByText('A new token is there').waitFor();
    expect(complaints).toEqual([]);
  });
});
