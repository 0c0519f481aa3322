/** One search of the probe. `time` in ms since 1970; `tookMs` as the reader would have waited for it. */
export interface Probe {
  time: number;
  tookMs: number;
  outcome: 'complete' | 'incomplete' | 'failed';
  /** Whether any fault was on. */
  broken: boolean;
}

/** How much of the past is shown. */
export const PROBES_MS = 60_000;

/** Adds a search, in the order in which they were sent, and forgets what is too old. */
export function addProbe(probes: readonly Probe[], probe: Probe): Probe[] {
  const kept = probes.filter(({ time }) => time > probe.time - PROBES_MS);
  return [...kept, probe].toSorted((a, b) => a.time - b.time);
}

type Column = (number | null)[];

/** As uPlot takes it: times in s; then `top` wherever a fault was on; then the durations in ms, by outcome. */
export function columns(probes: readonly Probe[], top: number): [times: number[], ...values: Column[]] {
  const of = (wanted: Probe['outcome']) =>
    probes.map(({ outcome, tookMs }) => (outcome === wanted ? tookMs : null));
  return [
    probes.map(({ time }) => time / 1000),
    probes.map(({ broken }) => (broken ? top : null)),
    of('complete'),
    of('incomplete'),
    of('failed'),
  ];
}

/** A percentile of the durations, in ms, by the nearest rank; 0 without any. `share` from 0 to 1. */
export function percentile(probes: readonly Probe[], share: number): number {
  const sorted = probes.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
