import { expect, it, vi } from 'vitest';
import { isUnclear } from './specs.mjs';
import { LATE_MS, Standstills } from './standstills.mjs';

/** Watches while this process, and with it the timer, stands still from the first moment to the second. */
async function standstill() {
  const standstills = new Standstills();
  const watching = standstills.watch();
  const began = Date.now();
  while (Date.now() - began < LATE_MS + 100);
  await vi.waitFor(() => expect(standstills.longest(0, Infinity)).toBeGreaterThanOrEqual(LATE_MS));
  standstills.stop();
  await watching;
  return { standstills, began, ended: Date.now() };
}

it('a standstill is known by what went on meanwhile, and by nothing before or after it', async () => {
  const { standstills, began, ended } = await standstill();
  expect(standstills.longest(began, began + 1)).toBeGreaterThanOrEqual(LATE_MS);
  expect(standstills.longest(began - 1_000, began - 100)).toBe(0);
  expect(standstills.longest(ended + 1, Infinity)).toBe(0);
});

it('a file is run again when each of its failures met a standstill, and in no other case', async () => {
  const { standstills, began, ended } = await standstill();
  const met = { began, ended };
  const calm = { began: began - 5_000, ended: began - 4_000 };
  const unclear = (file, ...failures) => isUnclear({ file, failures }, standstills);
  expect(unclear('a.spec.ts', met)).toBe(true);
  expect(unclear('a.spec.ts', met, calm)).toBe(false);
  expect(unclear('a.spec.ts')).toBe(false);
  expect(unclear(null, met)).toBe(false);
});
