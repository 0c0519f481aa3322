import type { LegOutcome } from './leg.js';

/** What part of the corpus an answer speaks for. */
export interface Coverage {
  degraded: boolean;
  shards: { total: number; answered: number; timedOut: number; failed: number };
  documents: { searched: number; total: number };
}

/**
 * Honest coverage: a shard that did not answer is counted as not searched, never as "no hits".
 * @param searched documents that an answering shard looked at
 * @param expected documents that a silent shard is known to hold
 */
export function coverageOf<R>(
  outcomes: readonly LegOutcome<R>[],
  searched: (result: R) => number,
  expected: (shard: number) => number,
): Coverage {
  const shards = { total: outcomes.length, answered: 0, timedOut: 0, failed: 0 };
  const documents = { searched: 0, total: 0 };
  for (const { target: shard, outcome, result } of outcomes) {
    shards[outcome]++;
    if (outcome === 'answered') {
      const count = searched(result as R);
      documents.searched += count;
      documents.total += count;
    } else documents.total += expected(shard);
  }
  return { degraded: shards.answered < shards.total, shards, documents };
}
