import 'reflect-metadata';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { Locator, Page } from 'playwright-core';
import { AuthApis, getSparkflyClientToken, SparkflyClient } from 'nestjs-auth-apis';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { expect, test } from 'vitest';
import type { DashboardWishes } from '../../support/dashboard-app.js';
import { buildPage, dashboardApp, PLATFORMS } from '../../support/dashboard-app.js';
import type { WatchedPage } from '../../support/browser.js';
import { describeInBrowser } from '../../support/browser.js';
import { failureOf, sleep, timed } from '../../support/outcome.js';
import { fakeSparkfly, sparkflyAccount } from '../../support/vendors.js';

buildPage();

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PHONE = { width: 360, height: 740 };

describeInBrowser('the dashboard in a browser', (open) => {
  /** Two accounts of a vendor, no token yet; the button for everybody. */
  async function setUp(more: Partial<DashboardWishes> = {}, options: Parameters<typeof open>[1] = {}) {
    const vendor = await fakeSparkfly();
    const sparkfly = [sparkflyAccount(vendor), sparkflyAccount(vendor, { name: 'east' })];
    const dashboard = { unguarded: true, allowRefresh: true };
    const { app, url } = await dashboardApp({ apis: { prefetch: 'none', sparkfly }, dashboard, ...more });
    const watched = await open(url, options);
    await watched.page.locator('#connection[data-state=live]').waitFor();
    return { vendor, app, url, ...watched, tokens: app.get(SparkflyClient).tokens };
  }

  const card = (page: Page, name: string) =>
    page.getByRole('listitem').filter({ has: page.getByRole('heading', { name }) });
  const overall = (page: Page, text: string): Promise<void> =>
    page.locator('#overall', { hasText: new RegExp(`^${text}$`) }).waitFor();
  const isFine = ({ complaints }: Pick<WatchedPage, 'complaints'>): void => expect(complaints).toEqual([]);

  test.each(PLATFORMS)('shows an outage and its end as they happen, without a reload: %s', async (platform) => {
    const { page, complaints, vendor, tokens } = await setUp({ platform });
    await overall(page, '2 idle');
    await tokens.get();
    await overall(page, '1 up, 1 idle');
    const own = card(page, 'sparkfly').first();
    await own.getByText('Calls go out', { exact: true }).waitFor();
    await own.getByText(/^expires in 23 h 59 min$/).waitFor();

    vendor.failNext({ on: 'token', status: 503, times: Infinity });
    await failureOf(tokens.refresh());
    await overall(page, '1 failing, 1 idle');
    await own.getByText('answered 503').waitFor();
    await page.getByRole('log').getByText('answered 503').waitFor();

    vendor.reset();
    await overall(page, '1 up, 1 idle');
    await page
      .getByRole('log')
      .getByText(/after \d+ failed attempt/)
      .waitFor();
    isFine({ complaints });
  });

  test('now moves along the bar, and the time left runs down', async () => {
    const { page, tokens } = await setUp();
    await tokens.get();
    const now = page.locator('.card').first().locator('.now');
    await now.waitFor();
    const track = page.locator('.card').first().locator('.track');
    const at = (): Promise<number> => track.evaluate((node) => Number(node.style.getPropertyValue('--now')));
    const before = await at();
    await expect.poll(at, { timeout: 5_000 }).toBeGreaterThan(before);
    expect(await track.getAttribute('aria-label')).toMatch(
      /^Life of the token: issued [\d:]+, refresh from .+, expires .+, 23 h 59 min left$/,
    );
  });

  test('by keyboard alone: to the button, pressed, told what came of it, focus kept', async () => {
    const { page, complaints, vendor } = await setUp();
    const button = page.getByRole('button', { name: 'Refresh now sparkfly "east"' });
    await button.waitFor();
    for (let i = 0; i < 3; i++) await page.keyboard.press('Tab'); // past the way to the events
    expect(await button.evaluate((node) => node.matches(':focus-visible'))).toBe(true);
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    await page.keyboard.press('Enter');
    await card(page, 'sparkfly east').getByRole('status').getByText('A new token is there').waitFor();
    await overall(page, '1 up, 1 idle');
    expect(await button.evaluate((node) => node.matches(':focus-visible'))).toBe(true);
    expect(vendor.counters.tokenRequests).toBe(1);
    isFine({ complaints });
  });

  test('what went wrong with a refresh is told in words', async () => {
    const { page, vendor } = await setUp();
    vendor.failNext({ on: 'token', status: 400, body: { error: 'come back on Monday' } });
    await page.getByRole('button', { name: 'Refresh now sparkfly', exact: true }).click();
    await card(page, 'sparkfly').first().getByRole('status').getByText('come back on Monday').waitFor();
  });

  test.each([
    ['a filter of the app', 403, '{"error":{"why":"your session has ended"}}'],
    ['a login page', 200, '<!doctype html><p>Please log in</p>'],
  ])('that %s has answered instead is told, too', async (_, status, body) => {
    const { page } = await setUp();
    await page.route('**/*?api=sparkfly*', (route) => route.fulfill({ status, body }));
    await page.getByRole('button', { name: 'Refresh now sparkfly', exact: true }).click();
    const outcome = card(page, 'sparkfly').first().getByRole('status');
    await outcome.getByText(`Something else answered, with ${status}: log in again?`).waitFor();
  });

  test.each([
    ['nobody may', { unguarded: true }],
    ['somebody else may', { unguarded: true, allowRefresh: [{ canActivate: () => false }] }],
  ])('there is no button where %s', async (_, dashboard) => {
    const { page } = await setUp({ dashboard });
    await page.waitForLoadState('load');
    await sleep(200); // time to ask
    expect(await page.getByRole('button').count()).toBe(0);
  });

  test('an open page does not hold up the shutdown, tells that nobody answers, and goes on with the next app', async () => {
    const { page, app, url, tokens } = await setUp();
    await tokens.get();
    await overall(page, '1 up, 1 idle');
    expect(await timed(() => app.close())).toBeLessThan(1_000);
    await page.getByText(/^Connection lost since \d\d:\d\d:\d\d. Trying again$/).waitFor();
    // What is shown is from before, and may be wrong by now.
    await overall(page, 'How they stand now is not known');
    expect(await page.evaluate(`getComputedStyle(document.getElementById('accounts')).filter`)).toBe('grayscale(1)');
    const vendor = await fakeSparkfly();
    const sparkfly = sparkflyAccount(vendor, { name: 'west' });
    await dashboardApp({ apis: { prefetch: 'none', sparkfly }, port: Number(new URL(url).port) });
    await page.locator('#connection[data-state=live]').waitFor();
    await overall(page, '1 idle');
    expect(await page.getByRole('heading', { level: 3 }).allTextContents()).toEqual(['sparkflywest']);
    expect(await page.getByRole('log').getByRole('listitem').count()).toBe(0);
  });

  test('a login that has ended is told as one, and not as a fault of the network', async () => {
    let mayLook = true;
    const guards = [{ canActivate: () => mayLook }];
    const { page, app } = await setUp({ dashboard: { guards } });
    const cut = (): void => (app.getHttpServer() as Server).closeAllConnections();
    mayLook = false;
    cut();
    await page.getByText(/^You may not look at this any more: sign in again and reload/).waitFor();
    mayLook = true;
    await page.locator('#connection[data-state=live]').waitFor();
    await overall(page, '2 idle');
  });

  test('a connection that the server ends is back before anybody is worried', async () => {
    const { page, app } = await setUp();
    await page.evaluate(`window.seen = []; new MutationObserver(() => seen.push(document.body.dataset.connection))
      .observe(document.body, { attributes: true })`);
    const snapshots = page.waitForResponse((response) => response.url().endsWith('?part=events'));
    (app.getHttpServer() as Server).closeAllConnections();
    await snapshots;
    await sleep(300);
    expect(await page.evaluate('window.seen.includes("lost")')).toBe(false);
    await overall(page, '2 idle');
  });

  test('what customers and vendors say stays text', async () => {
    const evil = '<img src=x onerror=alert(1)>';
    const vendor = await fakeSparkfly();
    const { app, url } = await dashboardApp({
      apis: {
        prefetch: 'none',
        sparkfly: [
          sparkflyAccount(vendor, { name: evil }),
          { baseURL: vendor.baseURL, accounts: { resolve: () => ({ identity: vendor.identity, key: 'wrong' }) } },
        ],
      },
      dashboard: { unguarded: true, allowRefresh: true, title: evil },
    });
    const apis = app.get(AuthApis);
    await failureOf(apis.client('sparkfly', `${evil} 2`).tokens.get());
    const { page, complaints } = await open(url);
    await page.locator('#connection[data-state=live]').waitFor();
    vendor.failNext({ on: 'token', status: 400, body: { error: evil } });
    await failureOf(apis.client('sparkfly', evil).tokens.get());
    await page.getByRole('log').getByText(`(${evil})`).waitFor();
    await page.locator('#troubled').getByText(`${evil} 2`, { exact: true }).waitFor();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(evil);
    expect(await page.locator('img').count()).toBe(0);
    isFine({ complaints });
  });

  /** Everything that the page can show, in one. */
  async function everything(options: Parameters<typeof open>[1]) {
    const vendor = await fakeSparkfly();
    const name = 'acustomerofalongnamewithoutspaces'.repeat(3);
    const resolve = () => ({ identity: vendor.identity, key: 'wrong' });
    const { app, url } = await dashboardApp({
      apis: {
        prefetch: 'none',
        sparkfly: [
          sparkflyAccount(vendor),
          sparkflyAccount(vendor, { name: 'east', key: 'wrong' }),
          sparkflyAccount(vendor, { name: 'idle' }),
          { baseURL: vendor.baseURL, accounts: { resolve } },
        ],
      },
      dashboard: { unguarded: true, allowRefresh: true },
    });
    const apis = app.get(AuthApis);
    await apis.client('sparkfly').tokens.get();
    // Beside `resolve`, a fixed account is reached by injection alone.
    await failureOf(app.get<SparkflyClient>(getSparkflyClientToken('east')).tokens.get());
    await failureOf(apis.client('sparkfly', name).tokens.get());
    vendor.failNext({ on: 'token', status: 503, times: Infinity });
    await failureOf(apis.client('sparkfly').tokens.refresh());
    const watched = await open(url, options);
    await watched.page.getByRole('button', { name: 'Refresh now' }).nth(3).waitFor();
    return watched;
  }

  test.each(['light', 'dark'] as const)(
    'can be used and read by everybody, %s, at a desk and on a phone',
    async (theme) => {
      const { page, complaints } = await everything({ colorScheme: theme, viewport: { width: 1280, height: 800 } });
      expect(await violations(page)).toEqual([]);
      await page.setViewportSize(PHONE);
      await page.evaluate(`document.getElementById('connection').dataset.state = 'lost'`);
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(PHONE.width);
      isFine({ complaints });
    },
  );

  test('reads well without being seen', async () => {
    const { page } = await everything({});
    const heard = (await page.locator('body').ariaSnapshot()).replaceAll(/^ *- /gm, '').split('\n');
    for (const line of [
      'heading "API tokens" [level=1]',
      'button "2 down"',
      'button "1 failing"',
      'text: ", 1 idle"',
      'heading "Accounts" [level=2]',
      'heading "sparkfly" [level=3]',
      'paragraph: Failing',
      'heading "sparkfly east" [level=3]',
      'paragraph: Down',
      'button "Refresh now sparkfly"',
      `button "Refresh now sparkfly \\"east\\""`,
      'heading "Looked up by the app" [level=2]',
      'complementary "What is next, and what was":',
      'heading "Next" [level=2]',
      'log "Events":',
    ]) {
      expect(heard.map((each) => each.replaceAll(/^'|'$/g, ''))).toContain(line);
    }
    expect(heard.filter((line) => line === 'paragraph')).toEqual([]); // nothing is empty
  });

  test.each(['light', 'dark'] as const)('the bar is seen in forced colours too, %s', async (colorScheme) => {
    const vendor = await fakeSparkfly();
    const clock = new ManualClock();
    const { app, url } = await dashboardApp({ apis: { clock, prefetch: 'none', sparkfly: sparkflyAccount(vendor) } });
    await app.get(SparkflyClient).tokens.get();
    await clock.advance(12 * 3_600_000); // half of its life
    const { page } = await open(url, { colorScheme, forcedColors: 'active' });
    await page.locator('[data-life=lives]').waitFor();
    const [lived, now, left] = await colours(page, page.locator('.track'), [0.25, 0.5, 0.75]);
    expect(new Set([lived, now, left]).size).toBe(3);
  });

  test('the bar is printed, though browsers leave out backgrounds', async () => {
    const { page } = await setUp();
    await page.locator('.track .lived').first().waitFor({ state: 'attached' });
    const wish = `getComputedStyle(document.querySelector('.track .lived')).printColorAdjust`;
    expect(await page.evaluate(wish)).toBe('exact');
  });

  test('moves nothing for those who want no motion', async () => {
    const { page } = await setUp({}, { reducedMotion: 'reduce' });
    const names = await page.evaluate('document.getAnimations().length');
    expect(names).toBe(0);
  });
});

/** Of the pixels of an element, at shares of its width, halfway down; painted again where no policy forbids to look. */
async function colours(page: Page, element: Locator, shares: readonly number[]): Promise<string[]> {
  const picture = (await element.screenshot()).toString('base64');
  const easel = await page.context().newPage();
  return easel.evaluate(`(async () => {
    const image = new Image();
    image.src = 'data:image/png;base64,${picture}';
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
    canvas.drawImage(image, 0, 0);
    const at = (share) => canvas.getImageData(Math.round(share * image.width), image.height >> 1, 1, 1);
    return ${JSON.stringify(shares)}.map((share) => at(share).data.join());
  })()`);
}

/** What axe finds, contrast included: rule, and where. */
async function violations(page: Page): Promise<string[]> {
  return page.evaluate(`(async () => {
    const module = { exports: {} };
    ${AXE}
    const { violations } = await (window.axe ?? module.exports).run();
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' ' + target + ' ' + failureSummary));
  })()`);
}
