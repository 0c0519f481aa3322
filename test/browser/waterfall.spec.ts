import type { SearchAnswer } from '@shoal/contracts';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openBrowser, openPage, violations } from '../cluster/browser.ts';
import { storeFixtures } from '../cluster/fixtures.ts';
import { searchAll, withoutShard } from '../cluster/seed-documents.ts';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import { until } from '../cluster/until.ts';

const cluster = sharedCluster();
let browser: Browser;

beforeAll(async () => {
  await storeFixtures(cluster.api);
  browser = await openBrowser();
  return () => browser.close();
});

const SCREENS: [string, BrowserContextOptions][] = [
  ['a desktop', { viewport: { width: 1280, height: 900 }, colorScheme: 'light' }],
  ['a phone', { viewport: { width: 390, height: 800 }, isMobile: true, hasTouch: true, colorScheme: 'dark' }],
];

let asked = 0;

/** A search of the page, with its panel unfolded. */
async function search(screen: BrowserContextOptions): Promise<Page> {
  const { page } = await openPage(browser, `${cluster.url}/?q=swimming+page${asked++}`, {
    ...screen,
    reducedMotion: 'reduce',
  });
  onTestFinished(() => page.context().close());
  await page.locator('.answer-panel').waitFor();
  if ((await page.locator('.answer-panel details[open]').count()) === 0)
    await page.locator('.answer-panel summary').click();
  return page;
}

const rows = (page: Page) => page.getByRole('list', { name: 'Where the time went' }).getByRole('listitem');
/** The try that got the answer of shard 0. */
const answered = (page: Page) => page.locator('[data-shard="0"][data-outcome=answered]');
const sentence = (page: Page) => page.locator('.why').textContent();

async function expectFitToRead(page: Page): Promise<void> {
  expect(await page.evaluate('document.scrollingElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
  expect(await violations(page)).toEqual([]);
}

/** Where the bars of a row begin and end, in px from the left. */
async function extent(row: Locator): Promise<{ left: number; right: number }> {
  const boxes = await Promise.all((await row.locator('.bar').all()).map((bar) => bar.boundingBox()));
  return {
    left: Math.min(...boxes.map((box) => box!.x)),
    right: Math.max(...boxes.map((box) => box!.x + box!.width)),
  };
}

/** The replica that has just answered for shard 0. */
async function answeringReplica(): Promise<string> {
  const { profile } = await searchAll(cluster);
  return profile!.shards.find(({ shard }) => shard === 0)!.replica!;
}

describe.each(SCREENS)('the waterfall of an answer, on %s,', (_, screen) => {
  it('shows the hanging replica and the hedge that answered', async () => {
    // On a busy machine the wait for the hedge may be the least of it.
    const { page, hangs } = await until('the page is held up until a hedge answers', async () => {
      const hangs = await answeringReplica();
      const page = await cluster.whilePaused([hangs], () => search(screen));
      const isHedged = (await answered(page).textContent())?.includes('hedge');
      return isHedged && (await sentence(page))?.startsWith('Shard 0 was slow') && { page, hangs };
    });
    // Who takes long may be asked once more.
    const straggler = page.locator('[data-shard="0"][data-outcome=waiting]').first();
    const hedge = answered(page);
    expect(await straggler.textContent()).toContain(`Shard 0${hangs}stragglerno answer yet`);
    expect(await hedge.textContent()).toMatch(/^Shard 0shard-\dhedgewas faster/);
    expect(await sentence(page)).toMatch(
      new RegExp(`^Shard 0 was slow: ${hangs} had not answered after .*, so shard-. was asked too`),
    );
    const [late, quick] = [await extent(straggler), await extent(hedge)];
    expect(quick.left).toBeGreaterThan(late.left);
    expect(late.right).toBeGreaterThan(quick.left);
    await expectFitToRead(page);
  });

  it('shows the silent shard and its attempts', async () => {
    // Members that hang for long count as gone before the page is there, and then no attempt is made.
    const page = await until('a page whose search timed out', async () => {
      const page = await withoutShard(cluster, () => search(screen));
      return (await sentence(page))?.includes('was silent for') && page;
    });
    expect(await sentence(page)).toMatch(/^No answer from shard 1 in .*: shard-\d was silent for /);
    const silent = rows(page).filter({ hasText: 'no answer in time' });
    expect(await silent.count()).toBeGreaterThanOrEqual(1);
    expect(await silent.first().textContent()).toMatch(/^Shard 1shard-/);
    await expectFitToRead(page);
  });

  it('has only the frontend when the answer was cached', async () => {
    // An answer is kept for a second, and a page may take longer to open.
    const page = await search(screen);
    await until('the page is answered by the cache', async () => {
      const q = `swimming kept${asked++}`;
      await cluster.api.search(q);
      const answer = page.waitForResponse('**/api/search?*');
      await page.getByRole('combobox').fill(q);
      await page.keyboard.press('Enter');
      return ((await (await answer).json()) as SearchAnswer).profile?.cached;
    });
    await page.getByText('cached', { exact: true }).waitFor();
    expect(await sentence(page)).toBe(
      'frontend-0 had this answer in its cache, or on its way already: no shard was asked for this search.',
    );
    expect(await rows(page).count()).toBe(1);
    await expectFitToRead(page);
  });
});
