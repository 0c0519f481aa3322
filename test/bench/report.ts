import type { Tally } from './tally.ts';

/** A generator that takes more of a core, or sends later than that, may have kept requests itself. */
const BUSY_CORE = 0.7;
const PUNCTUAL_MS = 100;

/** Complete answers in time, per second. */
export function goodput({ good, seconds }: Tally): number {
  return good.length / seconds;
}

/** The nearest-rank quantile; 0 of none. */
export function quantile(times: readonly number[], q: number): number {
  return times.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(q * times.length) - 1)] ?? 0;
}

/** Whether the generator offered what it should have, when it should have. */
export function trustworthy({ sentLate, cpu, seconds }: Tally): boolean {
  return cpu / seconds < BUSY_CORE && quantile(sentLate, 0.99) <= PUNCTUAL_MS;
}

/** One phase on one line. */
export function describe(tally: Tally): string {
  const { offered, seconds, good, shed, late, degraded, failed, sentLate } = tally;
  const perSecond = (count: number) => `${(count / seconds).toFixed(0)}/s`;
  const times = (of: readonly number[]) => [0.5, 0.95, 0.99].map((q) => quantile(of, q).toFixed(0)).join('/');
  return [
    `offered ${perSecond(offered)}`,
    `good ${perSecond(good.length)}, p50/95/99 ${times(good)} ms`,
    `shed ${perSecond(shed.length)}${shed.length > 0 ? `, ${times(shed)} ms` : ''}`,
    `late ${late}, degraded ${degraded}, failed ${failed.length}${failed.length > 0 ? ` (${[...new Set(failed)].join()})` : ''}`,
    `sent ${quantile(sentLate, 0.99).toFixed(0)} ms late at p99`,
  ].join('; ');
}
