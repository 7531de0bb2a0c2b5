// Makes the picture of the command: `npm run screenshots`. Needs Chromium, and `script` for a terminal with colours.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const ESCAPE = '\u001B\\[';
const LINE = 'npx nestjs-auth-apis check --demo';
const COLOURS = { 1: 'bold', 2: 'dim', 31: 'red', 32: 'green', 33: 'yellow' };

const command = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const printed = execFileSync('script', ['-qec', `stty cols 100; node ${command} check --demo`, '/dev/null'], {
  encoding: 'utf8',
  env: { PATH: process.env.PATH, TERM: 'xterm' },
});
const escaped = printed.trimEnd().replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const coloured = escaped.replaceAll(new RegExp(`${ESCAPE}(\\d+)m(.*?)${ESCAPE}0m`, 'g'), (_, code, text) => {
  return `<span class="${COLOURS[code]}">${text}</span>`;
});

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
});
const page = await browser.newPage({ viewport: { width: 900, height: 600 }, deviceScaleFactor: 1.5 });
await page.setContent(`<style>
  body { margin: 0; background: #fff }
  pre { display: inline-block; min-width: 50rem; margin: 0; padding: 1.25rem 1.5rem; border-radius: 0.6rem;
    background: #15181e; color: #d7dce5; font: 14px/1.55 'DejaVu Sans Mono', monospace }
  .bold { font-weight: bold; color: #fff } .dim { color: #8d97a8 }
  .red { color: #ff8a80 } .green { color: #7fd8a4 } .yellow { color: #f2c66d }
</style><pre><span class="dim">$</span> ${LINE}\n${coloured}</pre>`);
await page
  .locator('pre')
  .screenshot({ path: fileURLToPath(new URL('../command.png', import.meta.url)), omitBackground: true });
await browser.close();
