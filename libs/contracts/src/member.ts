import { z } from 'zod';

/** How often a member is heard of, and how long it may be silent before it counts as gone. */
export const HEARTBEAT_MS = 1_000;
export const HEARTBEAT_TTL_MS = 3_000;

/**
 * How long after its last heartbeat a shard may still answer searches; as long as that no write is confirmed without it. Heartbeats
 * that have several copies cannot be stored while these elect a leader, for up to 10 s (nats-server's raft: 4 to 9 s, then the
 * vote): a shorter lease would then silence all shards at once.
 */
export function readLeaseMs(copies: number): number {
  return copies === 1 ? HEARTBEAT_TTL_MS : 14_000;
}

/** starting: no topology seen yet; spare: no place; replaying: catching up with DOCS; ready: answers queries. */
export const memberState = z.enum(['starting', 'spare', 'replaying', 'ready', 'draining']);
export type MemberState = z.infer<typeof memberState>;

/** What a root says of itself, every heartbeat: that it is there. */
export interface RootHeartbeat {
  v: number;
  root: string;
}

/** What a shard process says of itself, every heartbeat. */
export interface MemberHeartbeat {
  v: number;
  member: string;
  state: MemberState;
  /** The topology it goes by. */
  epoch: number;
  /** Its place, or null while it is a spare. */
  shard: number | null;
  documents: number;
  queriesPerSecond: number;
  p99Ms: number;
}
