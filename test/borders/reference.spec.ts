import { FAULTS } from '@shoal/contracts';
import { expect, it } from 'vitest';
import { faultsPage, limitsPage, referenceFile } from './reference.ts';

it('matches docs/reference/faults.md when it is up to date', async () => {
  await expect(await faultsPage(FAULTS)).toMatchFileSnapshot(referenceFile('faults'));
});

it('matches docs/reference/limits.md when it is up to date', async () => {
  await expect(await limitsPage()).toMatchFileSnapshot(referenceFile('limits'));
});
