import { signal } from '@preact/signals';
import type { SearchAnswer } from '@shoal/contracts';
import { getJson } from '../shared/api.js';
import { connection } from '../shared/connection.js';
import { activeFaults } from './fault-store.js';

/** One search of the probe. `time` in ms since 1970; `tookMs` as measured in the page. */
export interface Probe {
  time: number;
  tookMs: number;
  outcome: 'complete' | 'degraded' | 'failed';
  /** Whether a fault was active. */
  faulty: boolean;
}

/** Time span that the page keeps and shows, in ms. */
export const PROBES_MS = 60_000;

const INTERVAL_MS = 500;
/** Timeout of a probe in ms, longer than the time budget of a search. */
const TIMEOUT_MS = 2000;

/** The probe's searches of the last minute, in the order in which they were sent. */
export const probes = signal<readonly Probe[]>([]);

let sent = 0;

/** Searches twice a second while the page is visible and connected. @returns a function that stops it */
export function startProbing(): () => void {
  const timer = setInterval(() => {
    if (!document.hidden && connection.peek().state === 'open') void probeOnce();
  }, INTERVAL_MS);
  return () => clearInterval(timer);
}

async function probeOnce(): Promise<void> {
  const time = Date.now();
  const startedAt = performance.now();
  const faulty = activeFaults.peek().length > 0;
  const outcome = await searchOutcome(time);
  probes.value = addProbe(probes.peek(), { time, tookMs: performance.now() - startedAt, outcome, faulty });
}

async function searchOutcome(time: number): Promise<Probe['outcome']> {
  // A unique word keeps the answer from coming out of a cache.
  const q = `deep sea fish ${time}n${sent++}`;
  try {
    const url = `/api/search?${new URLSearchParams({ q, size: '1' }).toString()}`;
    const { coverage } = await getJson<SearchAnswer>(url, AbortSignal.timeout(TIMEOUT_MS));
    return coverage.degraded ? 'degraded' : 'complete';
  } catch {
    return 'failed';
  }
}

/** Adds a probe in the order of sending, and removes those older than {@link PROBES_MS}. */
export function addProbe(probes: readonly Probe[], probe: Probe): Probe[] {
  const recent = probes.filter(({ time }) => time > probe.time - PROBES_MS);
  return [...recent, probe].toSorted((a, b) => a.time - b.time);
}

type Column = (number | null)[];

/** Returns the columns for uPlot: times in s; `top` while a fault was active; the durations in ms by outcome. */
export function columns(probes: readonly Probe[], top: number): [times: number[], ...values: Column[]] {
  const durations = (wanted: Probe['outcome']) =>
    probes.map(({ outcome, tookMs }) => (outcome === wanted ? tookMs : null));
  return [
    probes.map(({ time }) => time / 1000),
    probes.map(({ faulty }) => (faulty ? top : null)),
    durations('complete'),
    durations('degraded'),
    durations('failed'),
  ];
}

/** Returns a percentile of the durations in ms by the nearest rank, or 0 without probes. `share` is 0 to 1. */
export function percentile(probes: readonly Probe[], share: number): number {
  const sorted = probes.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
