import type { Browser } from 'playwright-core';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { openBrowser, openPage } from '../cluster/browser.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';

const KEY = 'a-key-of-this-very-run';

let cluster: Cluster;
let browser: Browser;

beforeAll(async () => {
  cluster = await startCluster({ env: { SHOAL_API_KEYS: KEY } });
  browser = await openBrowser();
  return async () => {
    await browser.close();
    await cluster.stop();
  };
});

it('the page of the interface works within its content policy, and takes a key', async () => {
  const { page, faults } = await openPage(browser, `${cluster.url}/api/docs`);
  onTestFinished(() => page.context().close());
  await page.locator('.btn.authorize').first().click();
  const form = page.locator('.auth-container').filter({ hasText: 'X-API-Key' });
  await form.locator('input').fill(KEY);
  await form.locator('button.authorize').click();
  await page.locator('.btn-done').first().click();

  const call = page.locator('.opblock-delete').first();
  await call.locator('.opblock-summary-control').click();
  await call.locator('.try-out__btn').click();
  await call.locator('input[placeholder=id]').fill('nobody');
  await call.locator('.execute').click();
  await call.locator('.live-responses-table .response-col_status', { hasText: '202' }).waitFor();
  expect(faults).toEqual([]);
});
