import type { Attempt, SearchAnswer, ShardProfile } from '@shoal/contracts';

export type Profile = NonNullable<SearchAnswer['profile']>;

/**
 * Who was asked for a shard. A root of an earlier release tells only of the one who answered: it counts as the only one, from
 * the start on.
 */
export function attemptsOf({
  attempts,
  replica,
  queueMs,
  searchMs,
  networkMs,
}: ShardProfile): readonly Attempt[] {
  if (attempts) return attempts;
  if (replica === null) return [];
  return [answered(replica, 0, queueMs + searchMs + networkMs)];
}

/** Who was asked by the frontend. Without word of it the root is drawn into the middle of the frontend's time. */
export function rootAttemptsOf(tookMs: number, { root, rootMs, roots }: Profile): readonly Attempt[] {
  return roots ?? [answered(root, Math.max(0, (tookMs - rootMs) / 2), rootMs)];
}

/** The attempt whose answer counts. */
export function answerOf(attempts: readonly Attempt[]): Attempt | undefined {
  return attempts.find(({ kind, outcome }) => kind === 'search' && outcome === 'answered');
}

/** What came of an attempt, in words. */
export function outcomeInWords({ outcome, reason, detail }: Attempt): string {
  switch (outcome) {
    case 'answered':
      return reason === 'hedge' ? 'was faster' : 'answered';
    case 'late':
      return 'too late';
    case 'waiting':
      return 'no answer yet';
    case 'timedOut':
      return 'no answer in time';
    case 'expired':
      return 'dropped it: its time was over';
    case 'rejected':
      return detail === 'no responders' ? 'was not there' : `rejected: ${detail ?? 'it said no more'}`;
  }
}

function answered(replica: string, startMs: number, tookMs: number): Attempt {
  return { replica, kind: 'search', reason: 'first', startMs, tookMs, outcome: 'answered' };
}
