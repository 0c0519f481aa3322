import type { LegOutcome } from './leg.js';

/** Part of the corpus that an answer covers. */
export interface Coverage {
  degraded: boolean;
  shards: { total: number; answered: number; timedOut: number; failed: number };
  documents: { searched: number; total: number };
}

/**
 * Returns the coverage of an answer. A shard without an answer counts as not searched, never as "no hits".
 * @param searched number of documents that an answering shard searched
 * @param expected number of documents in a shard without an answer
 */
export function coverageOf<R>(
  outcomes: readonly LegOutcome<R>[],
  searched: (result: R) => number,
  expected: (target: number) => number,
): Coverage {
  const shards = { total: outcomes.length, answered: 0, timedOut: 0, failed: 0 };
  const documents = { searched: 0, total: 0 };
  for (const { target, outcome, result } of outcomes) {
    shards[outcome]++;
    if (outcome === 'answered') {
      const count = searched(result as R);
      documents.searched += count;
      documents.total += count;
    } else documents.total += expected(target);
  }
  return { degraded: shards.answered < shards.total, shards, documents };
}
