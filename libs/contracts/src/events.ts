import type { FaultName } from './faults.js';
import type { MemberState } from './member.js';

/** One event of `GET /api/events`; its name is `type`, its data the other members. */
export type ShoalEvent =
  | { type: 'topology'; epoch: number; shards: number; detail: string }
  | { type: 'leadership'; leader: string | null; detail: string }
  | { type: 'members'; member: string; state: MemberState | 'missing'; shard: number | null; detail: string }
  | { type: 'faults'; fault: FaultName; enabled: boolean; detail: string };
