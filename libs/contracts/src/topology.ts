import { z } from 'zod';

/** How partitions find their shards. */
export const placementKind = z.enum(['hash', 'range', 'directory']);
export type PlacementKind = z.infer<typeof placementKind>;

/** Who answers for which partitions. Written by the leader under its lease, watched by all. */
export interface Topology {
  v: number;
  /** Grows by one with every change. */
  epoch: number;
  /** Fencing token of the leader that wrote it. */
  token: number;
  /** P, fixed for the life of a cluster. */
  partitions: number;
  placement: PlacementKind;
  /** How many replicas each shard should have. */
  replicas: number;
  /** Index = shard number. `replicas` are member names, the missing ones included until they are replaced. */
  shards: { partitions: number[]; replicas: string[] }[];
}
