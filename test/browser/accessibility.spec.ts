import type { Browser } from 'playwright-core';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { stock } from '../support/aquarium.ts';
import { violations } from '../support/axe.ts';
import { openBrowser, openPage } from '../support/browser.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';

let cluster: Cluster;
let browser: Browser;

beforeAll(async () => {
  cluster = await startCluster({ shards: 2 });
  await stock(cluster.api);
  // An active fault adds its banner to every view.
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

/** Views with a selector that matches once the view is complete. */
const VIEWS = [
  ['the start page', '/', '.search-box'],
  ['hits', '/?q=swimming+shark', '.pager'],
  ['no hits', '/?q=unheardof', '[data-state=empty]'],
  ['an invalid search', '/?q=swimming&page=200', '[data-state=invalid], .results-count'],
  ['the cluster', '/cluster', '.shard-card'],
  ['the faults', '/faults', '.fault.is-on'],
] as const;

describe('on a desktop', () => {
  it.each(VIEWS)('%s passes axe in the light and the dark theme', async (_, path, complete) => {
    const { page } = await openPage(browser, cluster.url + path, {
      colorScheme: 'light',
      reducedMotion: 'reduce',
    });
    onTestFinished(() => page.context().close());
    await page.locator(complete).first().waitFor();
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await violations(page)).toEqual([]);
  });
});

describe('on a phone', () => {
  it.each(VIEWS)('%s fits the screen and passes axe', async (_, path, complete) => {
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
