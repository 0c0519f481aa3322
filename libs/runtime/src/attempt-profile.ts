import type { Attempt } from '@shoal/contracts';
import type { LegAttempt } from '@shoal/scatter-gather';

/**
 * Returns the attempts of a request for its profile: replica, start, duration and outcome.
 * @param since `performance.now()` when the request came to this process
 */
export function profileAttempts(
  attempts: readonly LegAttempt[],
  kind: Attempt['kind'],
  since: number,
): Attempt[] {
  const now = performance.now();
  return attempts.map(({ replica, reason, began, ended, outcome, detail }) => ({
    replica,
    kind,
    reason,
    startMs: roundMs(began - since),
    tookMs: roundMs((ended ?? now) - began),
    outcome: outcome ?? 'waiting',
    ...(detail === undefined ? {} : { detail }),
  }));
}

/** To the microsecond: what is beyond it is noise, and takes space. */
export function roundMs(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
