import { z } from 'zod';

/**
 * Faults that can be switched on in a run that allows them, after Jaeger's HotROD. `reason` states what goes wrong, `shows`
 * the visible effect, and `cure` the mechanism that the fault disables or needs. Search the code for a fault's name.
 */
export const FAULTS = {
  'slow-replica': {
    reason: 'the first replica of each shard delays every message by 100 ms',
    shows:
      'with one-choice, nearly every query is slow (each of 4 shards picks the slow replica half the time); without it, hardly any',
    cure: 'power of two choices: the root prefers the other replica after the first slow response',
  },
  'one-choice': {
    reason: 'roots pick replicas at random, without regard to load or latency',
    shows: 'a slow replica receives as many queries as the other one',
    cure: 'power of two choices, by outstanding requests and recent latency',
  },
  'lost-replies': {
    reason: 'each replica loses one reply in 40',
    shows:
      'with hedging-off, degraded answers after the whole time budget of the query; without it, hardly any',
    cure: 'a hedge to the other replica after the recent p95',
  },
  'hedging-off': {
    reason: 'no hedge is sent, however slow a replica is',
    shows: 'with lost-replies, one lost reply costs the whole time budget of the query',
    cure: 'hedged requests after the recent p95, within a budget',
  },
  'retries-without-budget': {
    reason: 'each message without a reply within 20 ms, or rejected, is sent again without a budget',
    shows: 'when replicas are slow, most messages arrive twice, at the roots and again at the shards',
    cure: 'retry budgets: at most 5 % more messages for hedges and 10 % for retries',
  },
  'unbounded-queue': {
    reason: 'frontends admit every request, and the queues of roots and shards accept every message',
    shows: 'under overload no request is rejected, and most answers come late or not at all',
    cure: 'admission control at the frontend and bounded queues: excess requests are rejected immediately',
  },
  'deadlines-off': {
    reason: 'roots and shards also process requests whose deadline has passed',
    shows: 'wasted work under overload (shoal_shard_expired_total does not grow)',
    cure: 'the remaining time budget travels with the query; expired messages are dropped at dequeue',
  },
  'no-single-flight': {
    reason: 'each of several identical concurrent searches is sent to a root',
    shows: 'the cost of a popular query grows with the number of concurrent clients',
    cure: 'single flight: identical concurrent searches share one request and its answer',
  },
  'silent-shards': {
    reason: 'a shard that does not respond counts as a shard without hits',
    shows: 'with both replicas of a shard down, hits are missing from answers that claim to be complete',
    cure: 'honest coverage: `degraded`, and the number of shards and documents searched',
  },
  'replay-skipped': {
    reason: 'a restarted replica reports ready without replaying the log; it replays once this is off',
    shows: 'after a replica was killed, hits are missing from answers that claim to be complete',
    cure: 'readiness after replay: a replica that has not caught up is not queried, and rejects queries',
  },
  'paused-leader': {
    reason:
      'every new leader freezes for 8 s, 3 s after its election, with a batch in flight and its lease unrenewed',
    shows: 'a failover, and a late batch that is fenced off (shoal_indexer_fenced_off_total)',
    cure: 'the fencing token: the log rejects a batch that does not follow its last record',
  },
  'fencing-off': {
    reason: 'leaders write without checking their lease, and the log accepts every batch',
    shows: 'with paused-leader, an older version of a document overwrites a newer one',
    cure: 'the fencing token, and appends that name the sequence they follow',
  },
} as const satisfies Record<string, { reason: string; shows: string; cure: string }>;

export type FaultName = keyof typeof FAULTS;

export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];

export const fault = z.object({
  name: z.enum(FAULT_NAMES),
  enabled: z.boolean(),
  reason: z.string().describe('what goes wrong'),
  shows: z.string().describe('the visible effect'),
  cure: z.string().describe('the mechanism that prevents the damage'),
});
export type Fault = z.infer<typeof fault>;

/** Response of `GET /api/faults`. */
export const faultList = z.object({
  allowed: z.boolean().describe('whether this run allows faults to be switched'),
  faults: z.array(fault),
});
export type FaultList = z.infer<typeof faultList>;

/** Body of `PUT /api/faults/{name}`. */
export const faultSwitch = z.strictObject(
  { enabled: z.boolean('enabled must be true or false') },
  { error: 'the body must be {"enabled": true} or {"enabled": false}, as content-type: application/json' },
);
export type FaultSwitch = z.infer<typeof faultSwitch>;

/** Value of a fault's key. A fault is active only in the run that switched it on, not in a later run on the same data. */
export interface FaultRecord {
  v: number;
  run: string;
}
