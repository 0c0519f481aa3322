import { z } from 'zod';

/** Strategy that maps partitions to shards. */
export const placementKind = z.enum(['hash', 'range', 'directory']);
export type PlacementKind = z.infer<typeof placementKind>;

/** Assignment of partitions to shards and of shards to members. The leader writes it under its lease; all processes watch it. */
export interface Topology {
  v: number;
  /** Grows by one with every change. */
  epoch: number;
  /** Fencing token of the leader that wrote it. */
  token: number;
  /** P, fixed for the life of a cluster. */
  partitions: number;
  placement: PlacementKind;
  /** Target number of replicas of each shard. */
  replicas: number;
  /** Index = shard number. `replicas` are member names, the missing ones included until they are replaced. */
  shards: { partitions: number[]; replicas: string[] }[];
}
