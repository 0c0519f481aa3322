const FIRST_MS = 250;
const LONGEST_MS = 8000;

/**
 * How long to wait, in ms, before the next try after `failures` tries have failed in a row: doubling, with up to a
 * fifth more by chance, so that the pages of many readers do not all come back in the same instant.
 */
export function backoffMs(failures: number, chance: number = Math.random()): number {
  return Math.round(Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1)) * (1 + chance / 5));
}
