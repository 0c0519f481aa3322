import type { Browser } from 'playwright-core';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { stock } from '../cluster/fixtures.ts';
import { openBrowser, openPage, violations } from '../cluster/browser.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';

let cluster: Cluster;
let browser: Browser;

beforeAll(async () => {
  cluster = await startCluster({ shards: 2 });
  await stock(cluster.api);
  // On every view, so that its banner is looked at too.
  await cluster.api.fetch('/api/faults/hedging-off', {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{"enabled": true}',
  });
  browser = await openBrowser();
  return async () => {
    await browser.close();
    await cluster.stop();
  };
});

/** What each view shows once it is complete. */
const VIEWS = [
  ['the start page', '/', '.search-box'],
  ['hits', '/?q=swimming+shark', '.pager'],
  ['no hits', '/?q=unheardof', '[data-state=empty]'],
  ['a refused search', '/?q=swimming&page=200', '[data-state=invalid], .results-count'],
  ['the cluster', '/cluster', '.shard-card'],
  ['the faults', '/faults', '.fault.is-on'],
] as const;

describe.each(['light', 'dark'] as const)('in the %s theme', (colorScheme) => {
  it.each(VIEWS)('axe finds nothing wrong with %s', async (_, path, complete) => {
    const { page } = await openPage(browser, cluster.url + path, { colorScheme, reducedMotion: 'reduce' });
    onTestFinished(() => page.context().close());
    await page.locator(complete).first().waitFor();
    expect(await violations(page)).toEqual([]);
  });
});

describe('on a phone', () => {
  it.each(VIEWS)('%s is no wider than the screen', async (_, path, complete) => {
    const { page } = await openPage(browser, cluster.url + path, {
      viewport: { width: 360, height: 740 },
      hasTouch: true,
      isMobile: true,
    });
    onTestFinished(() => page.context().close());
    await page.locator(complete).first().waitFor();
    const wider = await page.evaluate('document.scrollingElement.scrollWidth - innerWidth');
    expect(wider).toBeLessThanOrEqual(0);
    expect(await violations(page)).toEqual([]);
  });
});
