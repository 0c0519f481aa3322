import type { Browser, Page } from 'playwright-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SCRIPT_TITLE, storeFixtures } from '../cluster/fixtures.ts';
import { openBrowser, openPage } from '../cluster/browser.ts';
import { sharedCluster } from '../cluster/shared-cluster.ts';

const cluster = sharedCluster();
let browser: Browser;
let page: Page;
let faults: string[];

beforeAll(async () => {
  await storeFixtures(cluster.api);
  browser = await openBrowser();
  return () => browser.close();
});

beforeEach(async () => {
  ({ page, faults } = await openPage(browser, cluster.url));
});
afterEach(async () => {
  await page.context().close();
  if (faults.length > 0) throw new Error(`the page reports: ${faults.join('; ')}`);
});

const box = () => page.getByRole('combobox', { name: 'Search the documents' });
const options = () => page.getByRole('option');
const titles = () => page.locator('.hit h3').allTextContents();
const address = () => new URL(page.url()).search;

describe('the search page', () => {
  it('searches as one types', async () => {
    await box().pressSequentially('great white');
    // Where the typing paused for a moment, what was there by then has been searched first.
    await expect.poll(address).toBe('?q=great+white');
    await expect.poll(async () => (await titles())[0]).toBe('Great white shark');
  });

  it('puts the cursor into the box when one types a slash', async () => {
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('herring');
    await expect.poll(() => box().inputValue()).toBe('herring');
    await expect.poll(async () => (await titles())[0]).toMatch(/^herring/);
  });

  it('completes titles, by keyboard alone', async () => {
    await box().focus();
    // At once: after a pause in the typing the list would come a second time, with nothing chosen.
    await page.keyboard.insertText('great w');
    await options().first().waitFor();
    expect(await options().allTextContents()).toEqual(['Great white shark']);
    await page.keyboard.press('ArrowDown');
    expect(await options().first().getAttribute('aria-selected')).toBe('true');
    expect(await box().getAttribute('aria-activedescendant')).toBe(
      await options().first().getAttribute('id'),
    );
    await page.keyboard.press('Enter');
    expect(await box().inputValue()).toBe('Great white shark');
    await expect.poll(() => options().count()).toBe(0);
    await expect.poll(async () => (await titles())[0]).toBe('Great white shark');
  });

  it('closes the suggestions on Escape, and empties the box on the next', async () => {
    await box().pressSequentially('great w');
    await options().first().waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => options().count()).toBe(0);
    expect(await box().inputValue()).toBe('great w');
    await page.keyboard.press('Escape');
    await expect.poll(() => box().inputValue()).toBe('');
  });

  it('marks the words that match, stems too', async () => {
    await box().fill('swim');
    await page.locator('.hit mark').first().waitFor();
    expect(new Set(await page.locator('.hit mark').allTextContents())).toEqual(new Set(['swimming']));
  });

  it('shows a script tag in a title as the text it is', async () => {
    await box().fill('injection');
    await expect.poll(titles).toEqual([SCRIPT_TITLE]);
    expect(await page.title()).toBe('injection · Shoal');
    expect(await page.locator('.hit img, .hit script').count()).toBe(0);
  });

  it('can be shared by its address, and goes back by the back button', async () => {
    await box().fill('salmon');
    await page.keyboard.press('Enter');
    await expect.poll(async () => (await titles())[0]).toMatch(/^salmon/);
    await box().fill('tuna');
    await page.keyboard.press('Enter');
    await expect.poll(async () => (await titles())[0]).toMatch(/^tuna/);
    const shared = page.url();
    await page.goBack();
    await expect.poll(async () => (await titles())[0]).toMatch(/^salmon/);
    expect(await box().inputValue()).toBe('salmon');
    await page.goto(shared, { waitUntil: 'domcontentloaded' });
    await expect.poll(async () => (await titles())[0]).toMatch(/^tuna/);
    expect(await box().inputValue()).toBe('tuna');
  });

  it('has pages that neither overlap nor skip', async () => {
    await box().fill('swimming');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Next page' }).waitFor();
    const first = await titles();
    await page.getByRole('link', { name: 'Next page' }).click();
    await expect.poll(() => page.locator('.results-count').textContent()).toContain('page 2 of');
    const second = await titles();
    expect(address()).toBe('?q=swimming&page=2');
    const both = (await cluster.api.search('swimming', { size: 2 * first.length })).hits.map(
      ({ title }) => title,
    );
    expect([...first, ...second]).toEqual(both);
    await page.getByRole('link', { name: 'Previous page' }).click();
    await expect.poll(titles).toEqual(first);
  });

  it('can be made to ask for all words', async () => {
    await page.goto(`${cluster.url}/?q=whale+shark`, { waitUntil: 'domcontentloaded' });
    await expect.poll(() => page.locator('.results-count').textContent()).toContain('match');
    await page.goto(`${cluster.url}/?q=whale+shark&operator=and`, { waitUntil: 'domcontentloaded' });
    await page.locator('[data-state=empty]').waitFor();
    expect(await page.locator('[data-state=empty]').textContent()).toContain('has all the words of');
  });

  it('says so when nothing is found', async () => {
    await box().fill('unheardof');
    await page.locator('[data-state=empty]').waitFor();
    expect(await page.locator('.results-count').textContent()).toBe('No matches');
  });

  it('leads to the trace of an answer where Jaeger is told, and only there', async () => {
    const link = page.getByRole('link', { name: 'Open trace' });
    const panel = page.getByRole('region', { name: 'This answer' });
    await box().fill('herring');
    await panel.waitFor();
    expect(await link.count()).toBe(0);
    await page.route('**/api/cluster', async (route) => {
      const view = (await (await route.fetch()).json()) as object;
      await route.fulfill({ json: { ...view, jaeger: 'http://127.0.0.1:16686/' } });
    });
    await page.goto(`${cluster.url}/?q=herring`, { waitUntil: 'domcontentloaded' });
    await link.waitFor();
    const traceId = await panel.locator('.trace-id code').textContent();
    expect(await link.getAttribute('href')).toBe(`http://127.0.0.1:16686/trace/${traceId}`);
  });

  it('shows where the time went: frontend, root, each shard', async () => {
    await box().fill('eel');
    const panel = page.getByRole('region', { name: 'This answer' });
    await panel.waitFor();
    const text = await panel.textContent();
    expect(text).toContain('2 of 2 shards');
    for (const name of ['frontend-0', 'root-0', 'shard-0', 'shard-1']) expect(text).toContain(name);
  });
});
