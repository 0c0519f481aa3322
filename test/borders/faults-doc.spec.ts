import { readFileSync } from 'node:fs';
import path from 'node:path';
import { FAULTS } from '@shoal/contracts';
import { expect, it } from 'vitest';

const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/faults.md'), 'utf8');

it('docs/faults.md has the table of all faults, in the words of faults.ts', () => {
  const rows = page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, name, reason, shows, cure]) => [name?.replaceAll('`', ''), { reason, shows, cure }]);
  expect(Object.fromEntries(rows)).toEqual(FAULTS);
});
