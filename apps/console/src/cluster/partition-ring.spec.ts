import { describe, expect, it } from 'vitest';
import { ringPiece, shardByPartition } from './partition-ring.js';

describe('shardByPartition', () => {
  it('returns the shard of each partition, or -1 when it has none', () => {
    const shards = [
      { shard: 0, partitions: [0, 3] },
      { shard: 1, partitions: [1] },
    ];
    expect(shardByPartition(shards)).toEqual([0, 1, -1, 0]);
    expect(shardByPartition([])).toEqual([]);
  });
});

describe('ringPiece', () => {
  it('starts at the top and runs clockwise', () => {
    const [, x, y] = /^M(\S+) (\S+)A/.exec(ringPiece(0, 64, 60, 90)) ?? [];
    expect(Number(x)).toBeGreaterThan(0);
    expect(Number(y)).toBeLessThan(-89);
    expect(ringPiece(16, 64, 60, 90)).toMatch(/^M(89|90)/);
  });

  it('draws the large arc when the ring has one piece', () => {
    expect(ringPiece(0, 1, 60, 90)).toContain('A90 90 0 1 1');
  });
});
