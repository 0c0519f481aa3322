import { FAULTS } from '@shoal/contracts';
import { expect, it, vi } from 'vitest';
import { faultsPage, limitsPage, referenceFile } from './reference.ts';

// Tests may shorten the protocol times; the page has production's.
vi.hoisted(() => delete process.env.SHOAL_TIME_SCALE);

it('matches docs/reference/faults.md when it is up to date', async () => {
  await expect(await faultsPage(FAULTS)).toMatchFileSnapshot(referenceFile('faults'));
});

it('matches docs/reference/limits.md when it is up to date', async () => {
  await expect(await limitsPage()).toMatchFileSnapshot(referenceFile('limits'));
});
