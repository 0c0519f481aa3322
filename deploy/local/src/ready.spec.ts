import type { ClusterView } from '@shoal/contracts';
import { expect, it } from 'vitest';
import { whatIsMissing } from './ready.js';

const view = (
  states: ClusterView['shards'][number]['replicas'][number]['state'][],
  documents = 10,
  held: number[] = [],
): ClusterView => ({
  epoch: 1,
  leader: 'indexer-0',
  fencingToken: 1,
  statisticsVersion: 1,
  documents,
  placement: 'hash',
  replicas: 1,
  stale: null,
  jaeger: null,
  shards: [
    {
      shard: 0,
      partitions: [0],
      documents,
      replicas: states.map((state, i) => ({
        member: `shard-${i}`,
        state,
        documents: held[i] ?? documents,
        queriesPerSecond: 0,
        p99Ms: 0,
      })),
    },
  ],
  members: [],
});

const expecting = (replicas: number, documents: number) => ({ replicas, documents });

it('nothing is missing when every replica is ready and all documents are there', () => {
  expect(whatIsMissing(view(['ready', 'ready']), expecting(2, 10))).toBeUndefined();
  expect(whatIsMissing(view(['ready', 'ready'], 11), expecting(2, 10))).toBeUndefined();
});

it('says what is missing', () => {
  expect(whatIsMissing({ ...view(['ready']), leader: null }, expecting(1, 0))).toBe('no indexer leads yet');
  expect(whatIsMissing({ ...view(['ready']), shards: [] }, expecting(1, 0))).toBe(
    'the shards have not been assigned yet',
  );
  expect(whatIsMissing(view(['ready', 'replaying']), expecting(2, 0))).toBe('1 of 2 replicas are ready');
  expect(whatIsMissing(view(['ready', 'missing']), expecting(2, 0))).toBe('1 of 2 replicas are ready');
  expect(whatIsMissing(view(['ready'], 9), expecting(1, 1000))).toBe('9 of 1,000 documents can be found');
  expect(whatIsMissing(view(['ready']), expecting(2, 0))).toBe('1 of 2 replicas are ready');
  expect(whatIsMissing(view(['ready', 'ready'], 10, [10, 9]), expecting(2, 10))).toBe('shard-1 still behind');
});
