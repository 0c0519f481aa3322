/**
 * Takes the pictures of the console that README.md and docs/tour.md show, from a cluster that has loaded WordNet:
 * `node docs/images/take.mjs http://127.0.0.1:8080`. CHROMIUM names the browser when it is not at /usr/bin/chromium.
 */
import path from 'node:path';
import { chromium } from 'playwright-core';

const url = process.argv[2] ?? 'http://127.0.0.1:8080';
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const file = (name) => path.join(import.meta.dirname, name);

// A process that has just started is slow for its first queries, which would be the picture of a start.
for (let i = 0; i < 200; i++) await (await fetch(`${url}/api/search?q=sea+${i}`)).text();

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  const page = await browser.newPage({
    viewport: { width: 1280, height: 800 },
    deviceScaleFactor: 1.5,
    reducedMotion: 'reduce',
  });
  await takeSearch(page);
  await takeFaults(page);
} finally {
  await browser.close();
}

async function takeSearch(page) {
  await page.goto(`${url}/?q=deep+sea+fish`);
  // The words are marked once the answer is shown.
  await page.locator('main mark').first().waitFor();
  await page.evaluate(() => document.fonts.ready);
  // Both pictures come from one page: a second search would be a cache hit, without the times of the shards.
  for (const [colorScheme, name] of [
    ['light', 'console.png'],
    ['dark', 'console-dark.png'],
  ]) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: file(name) });
  }
}

async function takeFaults(page) {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto(`${url}/faults`);
  const turn = (name) => page.getByRole('switch', { name }).click();
  await page.waitForTimeout(15_000);
  await turn('slow-replica');
  await page.waitForTimeout(15_000);
  await turn('one-choice');
  await page.waitForTimeout(15_000);
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: file('faults.png') });
  await page.getByRole('button', { name: 'All off' }).click();
  await page.locator('.fault-banner').waitFor({ state: 'hidden' });
}
