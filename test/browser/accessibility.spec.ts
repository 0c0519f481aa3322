import type { Browser } from 'playwright-core';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { storeFixtures } from '../cluster/fixtures.ts';
import { openBrowser, openPage, violations } from '../cluster/browser.ts';
import { switchFault } from '../cluster/faults.ts';
import { sharedCluster } from '../cluster/shared-cluster.ts';

const cluster = sharedCluster();
let browser: Browser;

beforeAll(async () => {
  await storeFixtures(cluster.api);
  // A fault shows a banner on every view.
  await switchFault(cluster, 'hedging-off', true);
  browser = await openBrowser();
  return async () => {
    await browser.close();
    await switchFault(cluster, 'hedging-off', false);
  };
});

/** What each view shows once it is complete. */
const VIEWS = [
  ['the start page', '/', '.search-box'],
  ['hits', '/?q=swimming+shark', '.pager'],
  ['no hits', '/?q=unheardof', '[data-state=empty]'],
  ['a rejected search', '/?q=swimming&page=200', '[data-state=invalid], .results-count'],
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
