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

let searches = 0;

/** Opens a page with a unique search and its answer panel expanded. */
async function search(screen: BrowserContextOptions): Promise<Page> {
  const { page } = await openPage(browser, `${cluster.url}/?q=swimming+page${searches++}`, {
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
/** Row of the attempt that answered for shard 0. */
const answered = (page: Page) => page.locator('[data-shard="0"][data-outcome=answered]');
const sentence = (page: Page) => page.locator('.why').textContent();

async function expectReadable(page: Page): Promise<void> {
  expect(await page.evaluate('document.scrollingElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
  expect(await violations(page)).toEqual([]);
}

/** Returns the extent of a row's bars, in px from the left. */
async function extent(row: Locator): Promise<{ left: number; right: number }> {
  const boxes = await Promise.all((await row.locator('.bar').all()).map((bar) => bar.boundingBox()));
  return {
    left: Math.min(...boxes.map((box) => box!.x)),
    right: Math.max(...boxes.map((box) => box!.x + box!.width)),
  };
}

/** Returns the replica that now answers for shard 0. */
async function answeringReplica(): Promise<string> {
  const { profile } = await searchAll(cluster);
  return profile!.shards.find(({ shard }) => shard === 0)!.replica!;
}

describe.each(SCREENS)('the waterfall on %s', (_, screen) => {
  it('marks the replica that hangs and shows the hedge that answered', async () => {
    // Retry: on a busy machine the delay before the hedge may be a small part of the time.
    const { page, hangs } = await until('a hedge answers for the replica that hangs', async () => {
      const hangs = await answeringReplica();
      const page = await cluster.whilePaused([hangs], () => search(screen));
      const isHedged = (await answered(page).textContent())?.includes('hedge');
      return isHedged && (await sentence(page))?.startsWith('Shard 0 was slow') && { page, hangs };
    });
    // A slow replica may be queried again, so there may be several rows.
    const straggler = page.locator('[data-shard="0"][data-outcome=waiting]').first();
    const hedge = answered(page);
    expect(await straggler.textContent()).toContain(`Shard 0${hangs}stragglerno response yet`);
    expect(await hedge.textContent()).toMatch(/^Shard 0shard-\dhedgeresponded first/);
    expect(await sentence(page)).toMatch(
      new RegExp(
        `^Shard 0 was slow: ${hangs} had not responded after .*, so the query was also sent to shard-.`,
      ),
    );
    const [late, quick] = [await extent(straggler), await extent(hedge)];
    expect(quick.left).toBeGreaterThan(late.left);
    expect(late.right).toBeGreaterThan(quick.left);
    await expectReadable(page);
  });

  it('shows the shard that timed out and the replicas that were queried', async () => {
    // Retry: while the page loads, paused members may be declared missing, and are then not queried.
    const page = await until('a page whose search times out', async () => {
      const page = await withoutShard(cluster, () => search(screen));
      return (await sentence(page))?.includes('did not respond for') && page;
    });
    expect(await sentence(page)).toMatch(
      /^No response from shard 1 within .*: shard-\d did not respond for /,
    );
    const silent = rows(page).filter({ hasText: 'timed out' });
    expect(await silent.count()).toBeGreaterThanOrEqual(1);
    expect(await silent.first().textContent()).toMatch(/^Shard 1shard-/);
    await expectReadable(page);
  });

  it('has only the frontend when the answer was cached', async () => {
    // An answer is cached for one second, and a page may take longer to open.
    const page = await search(screen);
    await until('the page shows a cached answer', async () => {
      const q = `swimming cached${searches++}`;
      await cluster.api.search(q);
      const answer = page.waitForResponse('**/api/search?*');
      await page.getByRole('combobox').fill(q);
      await page.keyboard.press('Enter');
      return ((await (await answer).json()) as SearchAnswer).profile?.cached;
    });
    await page.getByText('cached', { exact: true }).waitFor();
    expect(await sentence(page)).toBe(
      'frontend-0 answered from its cache or from an identical search in flight, so no shard was queried.',
    );
    expect(await rows(page).count()).toBe(1);
    await expectReadable(page);
  });
});
