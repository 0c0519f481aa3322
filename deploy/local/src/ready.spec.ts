import type { ClusterView } from '@shoal/contracts';
import { expect, it } from 'vitest';
import { whatIsMissing } from './ready.js';

const view = (
  states: ClusterView['shards'][number]['replicas'][number]['state'][],
  documents = 10,
): ClusterView => ({
  epoch: 1,
  leader: 'indexer-0',
  statisticsVersion: 1,
  documents,
  placement: 'hash',
  shards: [
    {
      shard: 0,
      partitions: [0],
      documents,
      replicas: states.map((state, i) => ({ member: `shard-${i}`, state, queriesPerSecond: 0, p99Ms: 0 })),
    },
  ],
  members: [],
});

it('nothing is missing when every replica is ready and all documents are there', () => {
  expect(whatIsMissing(view(['ready', 'ready']), 10)).toBeUndefined();
  expect(whatIsMissing(view(['ready', 'ready'], 11), 10)).toBeUndefined();
});

it('says what is missing', () => {
  expect(whatIsMissing({ ...view(['ready']), leader: null }, 0)).toBe('no indexer leads yet');
  expect(whatIsMissing({ ...view(['ready']), shards: [] }, 0)).toBe('the shards have not been assigned yet');
  expect(whatIsMissing(view(['ready', 'replaying']), 0)).toBe('1 of 2 replicas are ready');
  expect(whatIsMissing(view(['ready', 'missing']), 0)).toBe('1 of 2 replicas are ready');
  expect(whatIsMissing(view(['ready'], 9), 1000)).toBe('9 of 1,000 documents can be found');
});
