import { z } from 'zod';

/** starting: no topology seen yet; spare: no place; replaying: catching up with DOCS; ready: answers queries. */
export const memberState = z.enum(['starting', 'spare', 'replaying', 'ready', 'draining']);
export type MemberState = z.infer<typeof memberState>;

/** Heartbeat of a root: the root is alive. */
export interface RootHeartbeat {
  v: number;
  root: string;
}

/** Heartbeat of a shard process: its state and load. */
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
