import { existsSync } from 'node:fs';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { beforeAll, describe, onTestFinished } from 'vitest';

/** Debian's; another one by its path in the environment. */
const BINARY = process.env.CHROMIUM ?? '/usr/bin/chromium';
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A suite that needs a browser; where there is none it is skipped, and says so. */
export function describeInBrowser(name: string, suite: (open: OpenPage) => void): void {
  if (!existsSync(BINARY)) {
    console.warn(`SKIPPED: ${name}. There is no ${BINARY}: apt-get install chromium, or CHROMIUM=/path/to/it`);
    describe.skip(name, () => suite(() => Promise.reject(new Error('there is no browser'))));
    return;
  }
  describe(name, () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: BINARY, args: ARGS });
      return () => browser.close();
    }, 60_000);
    suite((url, options) => openPage(browser, url, options));
  });
}

export type OpenPage = (url: string, options?: BrowserContextOptions) => Promise<WatchedPage>;

export interface WatchedPage {
  readonly page: Page;
  /** What the console and the page complained of: errors, and what the policy forbade. */
  readonly complaints: string[];
}

async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', ...options });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(8_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(url);
  return { page, complaints };
}
