import { expect, it } from 'vitest';
import { owners, ringPiece } from './ring-geometry.js';

it('finds the owner of each partition, and those without one', () => {
  const shards = [
    { shard: 0, partitions: [0, 3] },
    { shard: 1, partitions: [1] },
  ];
  expect(owners(shards)).toEqual([0, 1, -1, 0]);
  expect(owners([])).toEqual([]);
});

it('begins at the top and goes clockwise', () => {
  const [, x, y] = /^M(\S+) (\S+)A/.exec(ringPiece(0, 64, 60, 90)) ?? [];
  expect(Number(x)).toBeGreaterThan(0);
  expect(Number(y)).toBeLessThan(-89);
  expect(ringPiece(16, 64, 60, 90)).toMatch(/^M(89|90)/);
});

it('takes the long way round for a ring of one piece', () => {
  expect(ringPiece(0, 1, 60, 90)).toContain('A90 90 0 1 1');
});
