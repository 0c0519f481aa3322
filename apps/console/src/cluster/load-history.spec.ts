import type { ClusterView } from '@shoal/contracts';
import { describe, expect, it } from 'vitest';
import { addSample, HISTORY_MS, line, peak, shardLoad, span } from './load-history.js';

const replica = (queriesPerSecond: number, p99Ms: number) => ({
  member: 'shard-1',
  state: 'ready' as const,
  documents: 1,
  queriesPerSecond,
  p99Ms,
});

function view(...loads: [queriesPerSecond: number, p99Ms: number][]): ClusterView {
  const shards = loads.map(([queries, p99], shard) => ({
    shard,
    partitions: [shard],
    documents: 1,
    replicas: [replica(queries, p99)],
  }));
  return {
    epoch: 1,
    leader: null,
    fencingToken: 1,
    statisticsVersion: 1,
    documents: 1,
    placement: 'hash',
    replicas: 1,
    stale: null,
    jaeger: null,
    shards,
    members: [],
  };
}

describe('shardLoad', () => {
  it('adds up the queries of the replicas and takes the slowest p99', () => {
    const shard = { shard: 0, partitions: [], documents: 0, replicas: [replica(3, 9), replica(4, 2)] };
    expect(shardLoad(shard)).toEqual({ queriesPerSecond: 7, p99Ms: 9 });
  });

  it('returns zero when the shard has no replicas', () => {
    expect(shardLoad({ shard: 0, partitions: [], documents: 0, replicas: [] })).toEqual({
      queriesPerSecond: 0,
      p99Ms: 0,
    });
  });
});

describe('the load history', () => {
  it('removes samples that are too old', () => {
    const old = addSample([], view([1, 1]), 0);
    expect(addSample(old, view([2, 2]), HISTORY_MS)).toHaveLength(1);
  });

  it('draws a gap where samples or the shard are missing', () => {
    const first = addSample([], view([1, 5]), 10_000);
    const both = addSample(first, view([2, 6], [3, 7]), 20_000);
    expect(line(both, 0, 'queriesPerSecond')).toEqual([
      [10, 10.001, 20],
      [1, null, 2],
    ]);
    expect(line(both, 1, 'p99Ms')[1]).toEqual([null, null, 7]);
  });

  it('draws a gap in the p99 when the shard had no queries', () => {
    const history = addSample([], view([0, 0]), 1000);
    expect(line(history, 0, 'p99Ms')[1]).toEqual([null]);
    expect(line(history, 0, 'queriesPerSecond')[1]).toEqual([0]);
  });

  it('uses one scale for all shards', () => {
    const history = addSample(addSample([], view([1, 5], [9, 2]), 1000), view([3, 1]), 2000);
    expect(peak(history, 'queriesPerSecond')).toBe(9);
    expect(peak([], 'p99Ms')).toBe(0);
  });

  it('spans at least a minute', () => {
    expect(span([])).toBe(60_000);
    expect(span(addSample(addSample([], view(), 0), view(), 90_000))).toBe(90_000);
  });
});
