import type { ShardProfile } from '@shoal/contracts';
import type { LegAttempt } from '@shoal/scatter-gather';
import { profileAttempts, roundMs } from '@shoal/runtime';
import type { ShardOutcome } from './shard-client.js';

/** Where the time of a shard's answer went. */
export function profileOf({
  target: shard,
  replica,
  outcome,
  result,
  roundTripMs,
  hedged,
}: ShardOutcome): ShardProfile {
  const { queueMs = 0, searchMs = 0 } = result?.result ?? {};
  return {
    shard,
    replica: outcome === 'answered' ? replica : null,
    queueMs: roundMs(queueMs),
    searchMs: roundMs(searchMs),
    networkMs: roundMs(Math.max(0, roundTripMs - queueMs - searchMs)),
    hedged,
  };
}

/**
 * Adds who was asked for it.
 * @param fetched what came of fetching documents, of all shards
 * @param arrivedAt when the request came to this root
 */
export function withAttempts(
  outcome: ShardOutcome,
  fetched: readonly ShardOutcome[],
  arrivedAt: number,
): ShardProfile {
  const fetches: LegAttempt[] = fetched
    .filter(({ target: shard }) => shard === outcome.target)
    .flatMap(({ attempts }) => attempts);
  const attempts = [
    ...profileAttempts(outcome.attempts, 'search', arrivedAt),
    ...profileAttempts(fetches, 'fetch', arrivedAt),
  ];
  return { ...profileOf(outcome), attempts };
}
