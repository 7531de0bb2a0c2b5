import 'reflect-metadata';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Page } from 'playwright-core';
import { AuthApis } from 'nestjs-auth-apis';
import { expect, test } from 'vitest';
import { describeInBrowser } from '../../support/browser.js';
import { buildPage, dashboardApp } from '../../support/dashboard-app.js';
import { failureOf, sleep } from '../../support/outcome.js';
import { fakeSparkfly, sparkflyAccount } from '../../support/vendors.js';

buildPage();

describeInBrowser('the cards of the dashboard', (open) => {
  /** Accounts of these names; those named after a fault of theirs have it. */
  async function setUp(names: readonly string[] = ['east']) {
    const vendor = await fakeSparkfly();
    const sparkfly = names.map((name) =>
      sparkflyAccount(vendor, { name, ...(name.startsWith('down') && { key: 'wrong' }) }),
    );
    const dashboard = { unguarded: true, allowRefresh: true };
    const { app, url } = await dashboardApp({ apis: { prefetch: 'none', sparkfly }, dashboard });
    const apis = app.get(AuthApis);
    const tokens = (name: string) => apis.client('sparkfly', name).tokens;
    for (const name of names) if (name.startsWith('down')) await failureOf(tokens(name).get());
    const { page, complaints } = await open(url, { viewport: { width: 1200, height: 600 } });
    await page.locator('#connection[data-state=live]').waitFor();
    return { vendor, app, page, complaints, tokens };
  }

  const press = (page: Page): Promise<void> => page.getByRole('button', { name: 'Refresh now' }).first().click();
  const outcome = (page: Page) => page.locator('.card').first().getByRole('status');

  test('what came of a refresh is told without the account, and no longer than until a newer token has come', async () => {
    const { vendor, page, tokens } = await setUp();
    vendor.failNext({ on: 'token', status: 400, body: { error: 'come back on Monday' } });
    await press(page);
    await page.waitForFunction(`document.querySelector('.outcome').textContent !== ''`);
    expect(await outcome(page).textContent()).toMatch(/^POST .* answered 400 \(come back on Monday\)$/);
    await tokens('east').refresh();
    await expect.poll(() => outcome(page).textContent()).toBe('');

    await sleep(2_100); // the desk wants a pause
    await press(page);
    await outcome(page).getByText('A new token is there').waitFor();
    await sleep(1_500); // told of that very token meanwhile
    expect(await outcome(page).textContent()).toBe('A new token is there');
    await tokens('east').refresh();
    await expect.poll(() => outcome(page).textContent()).toBe('');
  });

  test('what came of a refresh is gone when the connection was', async () => {
    const { vendor, app, page } = await setUp();
    vendor.failNext({ on: 'token', status: 503, times: Infinity });
    await press(page);
    await outcome(page).getByText('answered 503').waitFor();
    const server = app.getHttpServer() as Server;
    const again = once(server, 'request');
    server.closeAllConnections();
    await again;
    await expect.poll(() => outcome(page).textContent()).toBe('');
  });

  test('where the outcome will be told is there before, so that it is read aloud', async () => {
    const { page } = await setUp();
    expect(await outcome(page).count()).toBe(1);
  });

  test('an error of the past says that it is one', async () => {
    const { vendor, page, tokens } = await setUp();
    vendor.failNext({ on: 'token', status: 400 });
    await failureOf(tokens('east').get());
    await page.locator('.error:not(.past)').waitFor();
    tokens('east').invalidate(await tokens('east').refresh());
    const term = page.locator('.past dt');
    await term.waitFor();
    expect(await term.textContent()).toBe('Last error');
    expect(await page.evaluate(`getComputedStyle(document.querySelector('.past dt')).clipPath`)).toBe('none');
    await page.getByText('1 token thrown away').waitFor();
  });

  test('the headline leads to the first account that is down', async () => {
    const many = Array.from({ length: 40 }, (_, i) => `idle-${i}`);
    const { page, complaints, tokens } = await setUp([...many, 'down', 'down too']);
    const way = page.getByRole('button', { name: '2 down' });
    expect(await page.locator('#overall').textContent()).toBe('2 down, 40 idle');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await way.evaluate((node) => node.matches(':focus-visible'))).toBe(true);
    // One that is pressed on must not be taken away by what changes beside it.
    await tokens('idle-3').get();
    await page.locator('#overall', { hasText: '1 up' }).waitFor();
    await page.keyboard.press('Enter');
    const card = page.locator('.card').nth(40);
    expect(await page.evaluate(`document.activeElement.querySelector('h3').textContent`)).toBe('sparkflydown');
    const { y, height } = (await card.boundingBox())!;
    expect([y >= 0, y + height <= 600]).toEqual([true, true]);
    expect(complaints).toEqual([]);
  });

  test('by keyboard one comes to the events past all accounts', async () => {
    const { page, tokens } = await setUp();
    await tokens('east').get();
    await page.getByRole('log').getByRole('listitem').waitFor();
    const skip = page.getByRole('link', { name: 'To the events' });
    const width = async (): Promise<number> => (await skip.boundingBox())!.width;
    expect(await width()).toBe(1);
    await page.keyboard.press('Tab');
    expect(await width()).toBeGreaterThan(50);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.id')).toBe('events');
  });
});
