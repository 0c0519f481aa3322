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
  for (const name of await isOn()) await turn(name, false);
});

const faultSwitch = (name: FaultName) => page.getByRole('switch', { name });
/** How a switch stands. The event that it was turned may come before the answer: till then it is busy, and moves no further. */
const checked = (name: FaultName) =>
  faultSwitch(name).evaluate((it) => (it.ariaBusy === 'true' ? 'busy' : it.ariaChecked));
const banner = () => page.getByRole('complementary', { name: 'Faults that are on' });
const rejection = (name: FaultName) => page.locator(`[data-fault=${name}] .rejection`);

const dialog = () => page.getByRole('dialog', { name: 'API key' });

async function give(key: string): Promise<void> {
  await page.getByLabel('Key', { exact: true }).fill(key);
  await page.keyboard.press('Enter');
}

/** What the interface says is on. */
async function isOn(): Promise<FaultName[]> {
  const { body } = await cluster.api.fetch<FaultList>('/api/faults');
  return body.faults.filter(({ enabled }) => enabled).map(({ name }) => name);
}

/** As another client would. */
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

describe.each(SCREENS)('the switches on %s', (_, screen) => {
  beforeEach(async () => {
    ({ page } = await openPage(browser, `${cluster.url}/faults`, screen));
    await page.getByRole('switch').first().waitFor();
  });

  it('turn a fault on and off, and a banner says so on every page', async () => {
    expect(await banner().count()).toBe(0);
    await faultSwitch('slow-replica').click();
    await expect.poll(() => checked('slow-replica')).toBe('true');
    expect(await isOn()).toEqual(['slow-replica']);
    for (const view of ['Cluster', 'Search']) {
      await page.getByRole('link', { name: view, exact: true }).click();
      await expect.poll(() => banner().textContent()).toContain('slow-replica');
    }
    await page.getByRole('link', { name: 'See the faults' }).click();
    await faultSwitch('slow-replica').click();
    await expect.poll(() => banner().count()).toBe(0);
    expect(await isOn()).toEqual([]);
  });

  it('all go off at once', async () => {
    await faultSwitch('slow-replica').click();
    await faultSwitch('hedging-off').click();
    await expect.poll(() => banner().textContent()).toContain('slow-replica, hedging-off');
    await page.getByRole('button', { name: 'All off' }).click();
    await expect.poll(isOn).toEqual([]);
    await expect.poll(() => banner().count()).toBe(0);
  });
});

describe('the page with the switches', () => {
  beforeEach(async () => {
    ({ page } = await openPage(browser, `${cluster.url}/faults`));
    await page.getByRole('switch').first().waitFor();
  });

  it('is worked by keyboard alone', async () => {
    await faultSwitch('one-choice').focus();
    await page.keyboard.press('Space');
    await expect.poll(isOn).toEqual(['one-choice']);
    await expect.poll(() => checked('one-choice')).toBe('true');
    expect(await faultSwitch('one-choice').evaluate((it) => it === it.ownerDocument.activeElement)).toBe(
      true,
    );
  });

  it('does not take a list for news that is older than what it knows', async () => {
    const [isRead, isLate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await page.route('**/api/faults', async (route) => {
      const response = await route.fetch();
      isRead.resolve();
      await isLate.promise;
      await route.fulfill({ response });
    });
    // A page that has its connection back asks how they are.
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

  it('follows what another client switches', async () => {
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
    await turn('one-choice', true);
    await expect.poll(() => checked('one-choice')).toBe('true');
    await turn('one-choice', false);
    await expect.poll(() => checked('one-choice')).toBe('false');
  });

  it('shows what searches are like meanwhile', async () => {
    const plot = page.getByRole('img', { name: /in the last minute/ });
    await expect.poll(() => plot.getAttribute('aria-label'), { timeout: 10_000 }).toMatch(/^[3-9] searches/);
    expect(await page.locator('[data-figure=failed] dd').textContent()).toBe('0');
  });

  it('says why a switch does not move, and moves it when it is tried again', async () => {
    const detail = 'the message broker did not answer: try again in a few seconds';
    const stub = { status: 503, contentType: 'application/problem+json', body: JSON.stringify({ detail }) };
    await page.route('**/api/faults/slow-replica', (route) => route.fulfill(stub), { times: 1 });
    await faultSwitch('slow-replica').click();
    await expect.poll(() => rejection('slow-replica').textContent()).toContain(detail);
    expect(await checked('slow-replica')).toBe('false');
    await faultSwitch('slow-replica').click();
    await expect.poll(() => checked('slow-replica')).toBe('true');
    expect(await rejection('slow-replica').count()).toBe(0);
  });

  it('says how to allow faults where the run does not', async () => {
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

describe('where the cluster wants an API key', () => {
  const KEY = 'the-right-key';

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

  it('asks until the key is right, keeps it in this tab, and forgets it when told', async () => {
    expect(await dialog().textContent()).toContain('send a key of this cluster');
    await give('a-wrong-key');
    await expect.poll(() => page.getByLabel('Key', { exact: true }).inputValue()).toBe('');
    await give(KEY);
    await expect.poll(() => checked('slow-replica')).toBe('true');
    await page.reload({ waitUntil: 'domcontentloaded' });
    await expect.poll(() => checked('slow-replica')).toBe('true');
    await faultSwitch('slow-replica').click();
    await expect.poll(() => checked('slow-replica')).toBe('false');
    expect(await dialog().count()).toBe(0);
    expect(page.url()).toBe(`${cluster.url}/faults`);
    expect(await page.evaluate('JSON.stringify(localStorage) + document.cookie')).not.toContain(KEY);

    await page.getByRole('button', { name: 'Forget it' }).click();
    expect(await page.evaluate('JSON.stringify(sessionStorage)')).not.toContain(KEY);
    await faultSwitch('slow-replica').click();
    await dialog().waitFor();
  });

  it('leaves everything as it was when no key is given', async () => {
    await page.keyboard.press('Escape');
    await expect.poll(() => dialog().count()).toBe(0);
    await expect.poll(() => rejection('slow-replica').textContent()).toContain('send a key of this cluster');
    expect(await isOn()).toEqual([]);
  });
});
