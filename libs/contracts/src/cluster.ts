import { z } from 'zod';

export const placementKind = z.enum(['hash', 'range', 'directory']);
export type PlacementKind = z.infer<typeof placementKind>;

/** Who answers for which partitions. Written by the owner under its lease, watched by all. */
export interface Topology {
  v: number;
  /** Grows by one with every change. */
  epoch: number;
  /** Fencing token of the owner that wrote it. */
  token: number;
  /** P, fixed for the life of a cluster. */
  partitions: number;
  placement: PlacementKind;
  /** How many replicas each shard should have. */
  replicas: number;
  /** Index = shard number. `replicas` are member names, the missing ones included until they are replaced. */
  shards: { partitions: number[]; replicas: string[] }[];
}

/** starting: no topology seen yet; spare: no place; replaying: catching up with DOCS; ready: answers queries. */
export const memberState = z.enum(['starting', 'spare', 'replaying', 'ready', 'draining']);
export type MemberState = z.infer<typeof memberState>;

/** What a shard process says of itself, every heartbeat. */
export interface MemberHeartbeat {
  v: number;
  member: string;
  /** New with every start of the process, so that a fast restart is seen as one. */
  incarnation: string;
  state: MemberState;
  /** The topology it goes by. */
  epoch: number;
  /** Its place, or null while it is a spare. */
  shard: number | null;
  documents: number;
  /** Last DOCS sequence it has indexed. */
  applied: number;
  queriesPerSecond: number;
  p99Ms: number;
}

/** Value of the lease's key. */
export interface LeaseRecord {
  v: number;
  holder: string;
}

/** Answer of `GET /api/cluster`. */
export const clusterView = z.object({
  epoch: z.int(),
  leader: z.string().nullable(),
  statisticsVersion: z.int(),
  documents: z.int(),
  placement: placementKind,
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

/** What `GET /api/events` sends; the event's name is `type`, its data the rest. */
export type ShoalEvent =
  | { type: 'topology'; epoch: number; shards: number; detail: string }
  | { type: 'leadership'; leader: string | null; detail: string }
  | { type: 'members'; member: string; state: MemberState | 'missing'; shard: number | null; detail: string }
  | { type: 'faults'; detail: string };

/** How often a member is heard of, and how long it may be silent before it counts as gone. */
export const HEARTBEAT_MS = 1_000;
export const HEARTBEAT_TTL_MS = 3_000;

/** How long ownership lasts without renewal: the time after which another indexer takes over from one that died. */
export const LEASE_TTL_MS = 3_000;
