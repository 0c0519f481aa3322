import type { Attempt, SearchAnswer, ShardProfile } from '@shoal/contracts';

export type Profile = NonNullable<SearchAnswer['profile']>;

/** Detail of a rejected attempt when NATS found no process that receives the message. */
const NO_RESPONDERS = 'no responders';

/**
 * Returns the attempts to query a shard. A root of an earlier release reports only the replica that answered, which
 * becomes a single attempt from the start on.
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

/** Returns the frontend's attempts to query a root. Without them, the root is centred in the frontend's time. */
export function rootAttemptsOf(tookMs: number, { root, rootMs, roots }: Profile): readonly Attempt[] {
  return roots ?? [answered(root, Math.max(0, (tookMs - rootMs) / 2), rootMs)];
}

/** Returns the attempt whose answer was used. */
export function answerOf(attempts: readonly Attempt[]): Attempt | undefined {
  return attempts.find(({ kind, outcome }) => kind === 'search' && outcome === 'answered');
}

/** Describes the outcome of an attempt, as a predicate of its replica. */
export function outcomeText({ outcome, reason, detail }: Attempt): string {
  switch (outcome) {
    case 'answered':
      return reason === 'hedge' ? 'responded first' : 'responded';
    case 'late':
      return 'responded too late';
    case 'waiting':
      return 'no response yet';
    case 'timedOut':
      return 'timed out';
    case 'expired':
      return 'dropped the expired request';
    case 'rejected':
      return detail === NO_RESPONDERS
        ? 'was unreachable'
        : `rejected the request (${detail ?? 'no reason given'})`;
  }
}

function answered(replica: string, startMs: number, tookMs: number): Attempt {
  return { replica, kind: 'search', reason: 'first', startMs, tookMs, outcome: 'answered' };
}
