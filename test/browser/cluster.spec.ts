import type { Browser, Page } from 'playwright-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { storeFixtures } from '../cluster/fixtures.ts';
import { openBrowser, openPage } from '../cluster/browser.ts';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import { until } from '../cluster/until.ts';

const cluster = sharedCluster();
let browser: Browser;
let page: Page;
let documents: number;

beforeAll(async () => {
  documents = await storeFixtures(cluster.api);
  browser = await openBrowser();
  return () => browser.close();
});

afterEach(() => page.context().close());

const fact = (name: string) => page.locator(`[data-fact="${name}"] dd`).textContent();
const event = (text: RegExp) => page.locator('.event-log li').filter({ hasText: text }).first();
const stateOf = (member: string) => page.locator(`[data-member="${member}"] .state`).textContent();

/** Each step of losing the connection sets its own timer, so that one jump of the page's clock is not enough. */
async function expectOffline(): Promise<void> {
  const badge = page.getByRole('button', { name: 'Offline' });
  const jump = () => page.clock.fastForward(1000);
  await expect.poll(() => jump().then(() => badge.count()), { timeout: 20_000 }).toBe(1);
}

describe('the cluster view', () => {
  beforeEach(async () => {
    ({ page } = await openPage(browser, `${cluster.url}/cluster`));
    await page.locator('[data-state=live]').waitFor();
  });

  it('shows every shard and replica, who leads, and the documents', async () => {
    const { leader, epoch, fencingToken, shards } = await cluster.api.cluster();
    expect(await fact('Leader')).toBe(leader);
    expect(await fact('Fencing token')).toBe(String(fencingToken));
    expect(await fact('Epoch')).toBe(String(epoch));
    expect(await fact('Documents')).toBe(String(documents));
    expect(await fact('Replicas ready')).toBe('4 of 4');
    expect(await page.locator('.shard-card').count()).toBe(2);
    for (const { shard, documents: held, replicas } of shards) {
      const card = page.locator(`#shard-${shard}`);
      expect(await card.locator('h2').textContent()).toContain(`${held} documents`);
      expect(await card.locator('[data-member]').count()).toBe(replicas.length);
    }
  });

  it('shows a member that goes and comes back, as it happens', async () => {
    await cluster.whilePaused(['shard-3'], async () => {
      await event(/shard-3.*missing/i).waitFor();
      await expect.poll(() => stateOf('shard-3'), { timeout: 10_000 }).toBe('missing');
      expect(await fact('Replicas ready')).toBe('3 of 4');
    });
    await expect.poll(() => stateOf('shard-3'), { timeout: 10_000 }).toBe('ready');
    await expect.poll(() => fact('Replicas ready'), { timeout: 10_000 }).toBe('4 of 4');
  });

  it('shows the change when another indexer leads', async () => {
    const { leader } = await cluster.api.cluster();
    cluster.signal(leader ?? '', 'SIGTERM');
    const other = leader === 'indexer-0' ? 'indexer-1' : 'indexer-0';
    await expect.poll(() => fact('Leader'), { timeout: 10_000 }).toBe(other);
    await event(new RegExp(`${other} leads`)).waitFor();
  });

  it('says so while its frontend hears nothing of the cluster', async () => {
    const notice = page.locator('[data-state=stale]');
    await cluster.whilePaused(['nats-0'], async () => {
      // Known after two pings without an answer.
      await notice.waitFor();
      expect(await notice.textContent()).toContain('no connection to NATS');
    });
    await notice.waitFor({ state: 'detached' });
  });
});

describe('the search page', () => {
  beforeEach(async () => {
    ({ page } = await openPage(browser, cluster.url));
  });

  it('says what is missing from an answer while both replicas of a shard hang', async () => {
    const { shards } = await cluster.api.cluster();
    const members = shards[1]?.replicas.map(({ member }) => member) ?? [];
    for (const member of members) cluster.signal(member, 'SIGSTOP');
    try {
      await page.goto(`${cluster.url}/?q=swimming+slowly`, { waitUntil: 'domcontentloaded' });
      const notice = page.locator('[data-state=degraded]');
      await notice.waitFor();
      expect(await notice.textContent()).toMatch(/Incomplete: 1 of 2 shards answered/);
      expect(await notice.textContent()).toContain(`${shards[0]?.documents} of ${documents} documents`);
      expect(await page.locator('.results-count').textContent()).toMatch(/^At least \d+ matches/);
      expect(await page.locator('.hit').count()).toBeGreaterThan(0);
    } finally {
      for (const member of members) cluster.signal(member, 'SIGCONT');
    }
    await until(
      'searches are complete again',
      async () => !(await cluster.api.search(`swimming ${Math.random()}`)).coverage.degraded,
    );
  });

  it.each([
    [503, 'Not available just now', 'more searches than the cluster can answer in time'],
    [429, 'Too many requests', 'this client asks more than its share'],
  ])(
    'says why a search was put off with %i and for how long, and asks again',
    async (status, title, detail) => {
      let rejected = 0;
      const stub = {
        status,
        contentType: 'application/problem+json',
        headers: { 'retry-after': '30' },
        body: JSON.stringify({ title: 'Put off', status, detail }),
      };
      await page.route('**/api/search*', (route) =>
        rejected++ === 0 ? route.fulfill(stub) : route.continue(),
      );
      await page.clock.install();
      await page.goto(`${cluster.url}/?q=eel`, { waitUntil: 'domcontentloaded' });
      const notice = await page.getByRole('alert').textContent();
      for (const words of [title, detail, 'asks to wait 30 seconds', 'Trying again by itself in'])
        expect(notice).toContain(words);
      await page.clock.fastForward(30_000);
      await page.locator('.hit').first().waitFor();
      expect(await page.getByRole('alert').count()).toBe(0);
      expect(rejected).toBe(2);
    },
  );

  it('says that the connection is lost when the frontend hangs, though the connection stays open', async () => {
    await page.clock.install();
    await page.goto(cluster.url, { waitUntil: 'domcontentloaded' });
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
    cluster.signal('frontend-0', 'SIGSTOP');
    try {
      await page.getByRole('combobox').fill('hanging');
      await page.keyboard.press('Enter');
      await page.locator('[data-state=loading]').waitFor();
      await page.clock.fastForward(10_000);
      await page.locator('[data-state=lost]').first().waitFor();
      await expectOffline();
    } finally {
      cluster.signal('frontend-0', 'SIGCONT');
    }
    // Without jumps: the connection needs its time to open.
    await page.locator('[data-state=empty]').waitFor({ timeout: 30_000 });
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
  });

  it('notices by the silence alone that the frontend hangs', async () => {
    await page.clock.install();
    await page.goto(cluster.url, { waitUntil: 'domcontentloaded' });
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
    cluster.signal('frontend-0', 'SIGSTOP');
    try {
      await page.clock.fastForward(41_000);
      await expectOffline();
    } finally {
      cluster.signal('frontend-0', 'SIGCONT');
    }
  });

  it('says that the connection is lost, and finds back by itself', async () => {
    await page.getByRole('combobox').fill('herring');
    await page.keyboard.press('Enter');
    await page.locator('.hit').first().waitFor();
    // The kill ends the connection that is open; offline, the page gets no other while the frontend starts again.
    await page.context().setOffline(true);
    const pid = cluster.signal('frontend-0', 'SIGKILL');
    await page.locator('[data-state=lost]').first().waitFor();
    expect(await page.locator('.hit').count()).toBeGreaterThan(0);
    await until('the frontend runs again', () => cluster.isReplaced('frontend-0', pid));
    await page.context().setOffline(false);
    await expect.poll(() => page.locator('[data-state=lost]').count(), { timeout: 15_000 }).toBe(0);
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
  });
});
