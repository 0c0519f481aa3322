import { z } from 'zod';
import { memberState } from './member.js';
import { placementKind } from './topology.js';

/** Answer of `GET /api/cluster`. */
export const clusterView = z.object({
  epoch: z.int(),
  leader: z.string().nullable(),
  fencingToken: z.int().describe('of the leader that wrote the topology: it only ever grows'),
  statisticsVersion: z.int(),
  documents: z.int(),
  placement: placementKind,
  replicas: z.int().describe('that each shard is to have'),
  stale: z.string().nullable().describe('why this may be out of date: what is shown is what was known last'),
  jaeger: z.url().nullable().describe('where traces are shown, each at /trace/{traceId}, if somewhere'),
  shards: z.array(
    z.object({
      shard: z.int(),
      partitions: z.array(z.int()),
      documents: z.int(),
      replicas: z.array(
        z.object({
          member: z.string(),
          state: z.union([memberState, z.literal('missing')]),
          documents: z.int().describe('what this replica holds now'),
          queriesPerSecond: z.number(),
          p99Ms: z.number(),
        }),
      ),
    }),
  ),
  members: z.array(z.object({ member: z.string(), state: memberState })),
});
export type ClusterView = z.infer<typeof clusterView>;
