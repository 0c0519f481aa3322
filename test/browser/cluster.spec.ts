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

/** Advances the page's clock until it is offline. Each step of the loss sets a timer, so one jump is not enough. */
async function expectOffline(): Promise<void> {
  const badge = page.getByRole('button', { name: 'Offline' });
  const jump = () => page.clock.fastForward(1000);
  await expect.poll(() => jump().then(() => badge.count()), { timeout: 20_000 }).toBe(1);
}

describe('the cluster page', () => {
  beforeEach(async () => {
    ({ page } = await openPage(browser, `${cluster.url}/cluster`));
    await page.locator('[data-state=live]').waitFor();
  });

  it('shows the leader, the documents, and every shard and replica', async () => {
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

  it('shows a member that fails and returns', async () => {
    await cluster.whilePaused(['shard-3'], async () => {
      await event(/shard-3.*missing/i).waitFor();
      await expect.poll(() => stateOf('shard-3'), { timeout: 10_000 }).toBe('missing');
      expect(await fact('Replicas ready')).toBe('3 of 4');
    });
    await expect.poll(() => stateOf('shard-3'), { timeout: 10_000 }).toBe('ready');
    await expect.poll(() => fact('Replicas ready'), { timeout: 10_000 }).toBe('4 of 4');
  });

  it('shows a failover of the leader', async () => {
    const { leader } = await cluster.api.cluster();
    cluster.signal(leader ?? '', 'SIGTERM');
    const other = leader === 'indexer-0' ? 'indexer-1' : 'indexer-0';
    await expect.poll(() => fact('Leader'), { timeout: 10_000 }).toBe(other);
    await event(new RegExp(`${other} leads`)).waitFor();
  });

  it('reports that its frontend is disconnected from NATS', async () => {
    const notice = page.locator('[data-state=stale]');
    await cluster.whilePaused(['nats-0'], async () => {
      // The frontend detects it after two pings without a response.
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

  it('reports missing documents while both replicas of a shard hang', async () => {
    const { shards } = await cluster.api.cluster();
    const members = shards[1]?.replicas.map(({ member }) => member) ?? [];
    for (const member of members) cluster.signal(member, 'SIGSTOP');
    try {
      await page.goto(`${cluster.url}/?q=swimming+slowly`, { waitUntil: 'domcontentloaded' });
      const notice = page.locator('[data-state=degraded]');
      await notice.waitFor();
      expect(await notice.textContent()).toMatch(/Degraded answer: 1 of 2 shards responded/);
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
    [503, 'Temporarily unavailable', 'more searches than the cluster can answer in time'],
    [429, 'Too many requests', 'this client sends more than its share'],
  ])('explains status %i and retries after the requested delay', async (status, title, detail) => {
    let requests = 0;
    const stub = {
      status,
      contentType: 'application/problem+json',
      headers: { 'retry-after': '30' },
      body: JSON.stringify({ title: 'Rejected', status, detail }),
    };
    await page.route('**/api/search*', (route) =>
      requests++ === 0 ? route.fulfill(stub) : route.continue(),
    );
    await page.clock.install();
    await page.goto(`${cluster.url}/?q=eel`, { waitUntil: 'domcontentloaded' });
    const notice = await page.getByRole('alert').textContent();
    for (const words of [title, detail, 'requests a delay of 30 seconds', 'Automatic retry in'])
      expect(notice).toContain(words);
    await page.clock.fastForward(30_000);
    await page.locator('.hit').first().waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(requests).toBe(2);
  });

  it('reports a lost connection when a search hangs', async () => {
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
    // Without jumps of the clock, because the connection needs time to open.
    await page.locator('[data-state=empty]').waitFor({ timeout: 30_000 });
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
  });

  it('reports a lost connection when the event stream is silent', async () => {
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

  it('reconnects after the frontend was killed and keeps its hits', async () => {
    await page.getByRole('combobox').fill('herring');
    await page.keyboard.press('Enter');
    await page.locator('.hit').first().waitFor();
    // The kill closes the open connection. Offline, the page cannot reconnect before the notice was seen.
    await page.context().setOffline(true);
    const pid = cluster.signal('frontend-0', 'SIGKILL');
    await page.locator('[data-state=lost]').first().waitFor();
    expect(await page.locator('.hit').count()).toBeGreaterThan(0);
    await until('the frontend is restarted', () => cluster.isReplaced('frontend-0', pid));
    await page.context().setOffline(false);
    await expect.poll(() => page.locator('[data-state=lost]').count(), { timeout: 15_000 }).toBe(0);
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
  });
});
