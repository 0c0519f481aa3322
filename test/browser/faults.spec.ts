import type { FaultList, FaultName } from '@shoal/contracts';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openBrowser, openPage } from '../cluster/browser.ts';
import { sharedCluster } from '../cluster/shared-cluster.ts';

const cluster = sharedCluster();
let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await openBrowser();
  return () => browser.close();
});

afterEach(async () => {
  await page.context().close();
  for (const name of await activeFaults()) await turn(name, false);
});

const faultSwitch = (name: FaultName) => page.getByRole('switch', { name });
/** Returns the state of a switch. It is busy until the response, even if the event arrives earlier. */
const checked = (name: FaultName) =>
  faultSwitch(name).evaluate((it) => (it.ariaBusy === 'true' ? 'busy' : it.ariaChecked));
const banner = () => page.getByRole('complementary', { name: 'Active faults' });
const switchError = (name: FaultName) => page.locator(`[data-fault=${name}] .switch-error`);

const dialog = () => page.getByRole('dialog', { name: 'API key' });

async function enterKey(key: string): Promise<void> {
  await page.getByLabel('Key', { exact: true }).fill(key);
  await page.keyboard.press('Enter');
}

/** Returns the active faults from the HTTP interface. */
async function activeFaults(): Promise<FaultName[]> {
  const { body } = await cluster.api.fetch<FaultList>('/api/faults');
  return body.faults.filter(({ enabled }) => enabled).map(({ name }) => name);
}

/** Turns a switch as another client. */
function turn(name: FaultName, enabled: boolean) {
  return cluster.api.fetch(`/api/faults/${name}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ enabled }),
  });
}

const SCREENS: [string, BrowserContextOptions][] = [
  ['a desktop', { viewport: { width: 1280, height: 900 } }],
  ['a phone', { viewport: { width: 390, height: 800 }, isMobile: true, hasTouch: true }],
];

describe.each(SCREENS)('the fault switches on %s', (_, screen) => {
  beforeEach(async () => {
    ({ page } = await openPage(browser, `${cluster.url}/faults`, screen));
    await page.getByRole('switch').first().waitFor();
  });

  it('turn a fault on and off, with a banner on every page', async () => {
    expect(await banner().count()).toBe(0);
    await faultSwitch('slow-replica').click();
    await expect.poll(() => checked('slow-replica')).toBe('true');
    expect(await activeFaults()).toEqual(['slow-replica']);
    for (const view of ['Cluster', 'Search']) {
      await page.getByRole('link', { name: view, exact: true }).click();
      await expect.poll(() => banner().textContent()).toContain('slow-replica');
    }
    await page.getByRole('link', { name: 'Show faults' }).click();
    await faultSwitch('slow-replica').click();
    await expect.poll(() => banner().count()).toBe(0);
    expect(await activeFaults()).toEqual([]);
  });

  it('turn off together', async () => {
    await faultSwitch('slow-replica').click();
    await faultSwitch('hedging-off').click();
    await expect.poll(() => banner().textContent()).toContain('slow-replica, hedging-off');
    await page.getByRole('button', { name: 'All off' }).click();
    await expect.poll(activeFaults).toEqual([]);
    await expect.poll(() => banner().count()).toBe(0);
  });
});

describe('the faults page', () => {
  beforeEach(async () => {
    ({ page } = await openPage(browser, `${cluster.url}/faults`));
    await page.getByRole('switch').first().waitFor();
  });

  it('can be used by keyboard alone', async () => {
    await faultSwitch('one-choice').focus();
    await page.keyboard.press('Space');
    await expect.poll(activeFaults).toEqual(['one-choice']);
    await expect.poll(() => checked('one-choice')).toBe('true');
    expect(await faultSwitch('one-choice').evaluate((it) => it === it.ownerDocument.activeElement)).toBe(
      true,
    );
  });

  it('ignores a list that is older than a later switch', async () => {
    const [isRead, isLate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await page.route('**/api/faults', async (route) => {
      const response = await route.fetch();
      isRead.resolve();
      await isLate.promise;
      await route.fulfill({ response });
    });
    // A reconnected page requests the list.
    await cluster.restarted('frontend-0');
    await isRead.promise;
    await faultSwitch('one-choice').click();
    await expect.poll(() => checked('one-choice')).toBe('true');
    const list = page.waitForResponse('**/api/faults');
    isLate.resolve();
    await (await list).finished();
    await page.evaluate('new Promise((shown) => requestAnimationFrame(() => setTimeout(shown)))');
    expect(await checked('one-choice')).toBe('true');
  });

  it('follows the switches of another client', async () => {
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
    await turn('one-choice', true);
    await expect.poll(() => checked('one-choice')).toBe('true');
    await turn('one-choice', false);
    await expect.poll(() => checked('one-choice')).toBe('false');
  });

  it('shows the results of its probe', async () => {
    const plot = page.getByRole('img', { name: /in the last minute/ });
    await expect.poll(() => plot.getAttribute('aria-label'), { timeout: 10_000 }).toMatch(/^[3-9] searches/);
    expect(await page.locator('[data-figure=failed] dd').textContent()).toBe('0');
  });

  it('shows why a switch failed until a retry succeeds', async () => {
    const detail = 'the message broker did not answer: try again in a few seconds';
    const stub = { status: 503, contentType: 'application/problem+json', body: JSON.stringify({ detail }) };
    await page.route('**/api/faults/slow-replica', (route) => route.fulfill(stub), { times: 1 });
    await faultSwitch('slow-replica').click();
    await expect.poll(() => switchError('slow-replica').textContent()).toContain(detail);
    expect(await checked('slow-replica')).toBe('false');
    await faultSwitch('slow-replica').click();
    await expect.poll(() => checked('slow-replica')).toBe('true');
    expect(await switchError('slow-replica').count()).toBe(0);
  });

  it('explains how to allow faults when the run does not', async () => {
    await page.route('**/api/faults', async (route) => {
      const response = await route.fetch();
      const list = (await response.json()) as FaultList;
      await route.fulfill({ response, json: { ...list, allowed: false } });
    });
    await page.reload({ waitUntil: 'domcontentloaded' });
    await page.locator('[data-state=not-allowed]').waitFor();
    expect(await page.locator('[data-state=not-allowed]').textContent()).toContain('--faults on');
    expect(await faultSwitch('slow-replica').isDisabled()).toBe(true);
  });
});

describe('the faults page when an API key is required', () => {
  const KEY = 'the-valid-key';

  beforeEach(async () => {
    ({ page } = await openPage(browser, `${cluster.url}/faults`));
    await page.route('**/api/faults/*', async (route) => {
      if (route.request().headers().authorization === `Bearer ${KEY}`) return route.continue();
      const body = JSON.stringify({
        title: 'Unauthorized',
        status: 401,
        detail: 'send a key of this cluster',
      });
      return route.fulfill({ status: 401, contentType: 'application/problem+json', body });
    });
    await faultSwitch('slow-replica').click();
    await dialog().waitFor();
  });

  it('prompts until the key is valid, and keeps it in the tab', async () => {
    expect(await dialog().textContent()).toContain('send a key of this cluster');
    await enterKey('a-wrong-key');
    await expect.poll(() => page.getByLabel('Key', { exact: true }).inputValue()).toBe('');
    await enterKey(KEY);
    await expect.poll(() => checked('slow-replica')).toBe('true');
    await page.reload({ waitUntil: 'domcontentloaded' });
    await expect.poll(() => checked('slow-replica')).toBe('true');
    await faultSwitch('slow-replica').click();
    await expect.poll(() => checked('slow-replica')).toBe('false');
    expect(await dialog().count()).toBe(0);
    expect(page.url()).toBe(`${cluster.url}/faults`);
    expect(await page.evaluate('JSON.stringify(localStorage) + document.cookie')).not.toContain(KEY);

    await page.getByRole('button', { name: 'Remove key' }).click();
    expect(await page.evaluate('JSON.stringify(sessionStorage)')).not.toContain(KEY);
    await faultSwitch('slow-replica').click();
    await dialog().waitFor();
  });

  it('switches nothing when the prompt is cancelled', async () => {
    await page.keyboard.press('Escape');
    await expect.poll(() => dialog().count()).toBe(0);
    await expect
      .poll(() => switchError('slow-replica').textContent())
      .toContain('send a key of this cluster');
    expect(await activeFaults()).toEqual([]);
  });
});
