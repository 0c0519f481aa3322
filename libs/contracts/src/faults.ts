import { z } from 'zod';

/**
 * Every fault that can be switched on in a run that allows it, in the manner of Jaeger's HotROD. `reason` is what goes wrong,
 * `shows` where one sees it, `cure` the part of the design that it takes away or needs. Search the code for the name.
 */
export const FAULTS = {
  'slow-replica': {
    reason: 'the first replica of each shard takes 100 ms longer for every message',
    shows:
      'with one-choice, nearly every query is slow (of 4 shards each asks it half the time); without it, hardly any',
    cure: 'power of two choices: the root leaves it for its twin as soon as it has seen it',
  },
  'one-choice': {
    reason: 'roots ask any replica, without looking at how busy or slow it was',
    shows: 'a slow replica gets as many queries as its twin',
    cure: 'power of two choices, by outstanding work and recent latency',
  },
  'lost-replies': {
    reason: 'each replica loses one reply in 40 on the way',
    shows: 'with hedging-off, degraded answers after the whole time of the query; without it, hardly any',
    cure: 'a hedge to the other replica, after the recent p95',
  },
  'hedging-off': {
    reason: 'nobody is asked a second time, however long an answer takes',
    shows: 'what one lost or late reply costs, with lost-replies: all the time that the query had',
    cure: 'hedged requests after the recent p95, within a budget',
  },
  'retries-without-budget': {
    reason: 'what is not answered within 20 ms, or is rejected, is sent again, however much that was lately',
    shows: 'on a slow day, most messages twice, at the roots and again at the shards',
    cure: 'budgets: hedges for 5 % more messages and retries for 10 %, no more',
  },
  'unbounded-queue': {
    reason: 'frontends admit every request, and the queues of roots and shards take every message',
    shows: 'in a flood nobody is sent away, and everybody waits for an answer that comes late or not at all',
    cure: 'admission at the edge and bounded queues: what is too much is rejected at once',
  },
  'deadlines-off': {
    reason: 'roots and shards work also on what nobody waits for any more',
    shows: 'work done for nothing just when there is too much of it (shoal_shard_expired_total stands still)',
    cure: 'what is left of the time travels with the query; what has expired is dropped at dequeue',
  },
  'no-single-flight': {
    reason: 'equal searches that come together are each asked of the roots',
    shows: 'a popular query costs as much as there are people who ask it at once',
    cure: 'one flight per question: the others wait for the same answer',
  },
  'silent-shards': {
    reason: 'a shard that does not answer counts as one that found nothing',
    shows: 'hits missing from answers that claim to be complete, when both replicas of a shard are gone',
    cure: 'honest coverage: `degraded`, and what was not searched',
  },
  'replay-skipped': {
    reason: 'a replica says that it is ready without having replayed the log; it replays once this is off',
    shows: 'hits missing from answers that claim to be complete, after a replica was killed',
    cure: 'readiness after replay: what is not level with the log is not asked, and rejects',
  },
  'paused-leader': {
    reason: 'every leader, 3 s after it won, stands still for 8 s with a batch in hand; so do its renewals',
    shows: 'a takeover, and that the late batch is rejected (shoal_indexer_fenced_off_total)',
    cure: 'the fencing token: the log rejects a batch that does not follow the last record',
  },
  'fencing-off': {
    reason: 'leaders write without looking at their lease, and the log takes it wherever it comes',
    shows: 'with paused-leader, an older version of a document over a newer one',
    cure: 'the fencing token, and appends that name the sequence they follow',
  },
} as const satisfies Record<string, { reason: string; shows: string; cure: string }>;

export type FaultName = keyof typeof FAULTS;

export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];

export const fault = z.object({
  name: z.enum(FAULT_NAMES),
  enabled: z.boolean(),
  reason: z.string().describe('what goes wrong'),
  shows: z.string().describe('where one sees it'),
  cure: z.string().describe('what in the design cures it'),
});
export type Fault = z.infer<typeof fault>;

/** Answer of `GET /api/faults`. */
export const faultList = z.object({
  allowed: z.boolean().describe('whether this run lets anybody switch them'),
  faults: z.array(fault),
});
export type FaultList = z.infer<typeof faultList>;

/** Body of `PUT /api/faults/{name}`. */
export const faultSwitch = z.strictObject(
  { enabled: z.boolean('enabled must be true or false') },
  { error: 'the body must be {"enabled": true} or {"enabled": false}, as content-type: application/json' },
);
export type FaultSwitch = z.infer<typeof faultSwitch>;

/** Value of a fault's key. A fault is on in the run that it was switched on in, and in no later one on the same data. */
export interface FaultRecord {
  v: number;
  run: string;
}
