import { z } from 'zod';

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
