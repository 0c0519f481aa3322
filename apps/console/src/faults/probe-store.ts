import { signal } from '@preact/signals';
import type { SearchAnswer } from '@shoal/contracts';
import { getJson } from '../api.js';
import { connection } from '../connection.js';
import { faultsOn } from './fault-store.js';
import { addProbe, type Probe } from './probe.js';

const EVERY_MS = 500;
/** Longer than any search may take that says itself what became of it. */
const GIVE_UP_MS = 2000;

/** The searches of the last minute. */
export const probes = signal<readonly Probe[]>([]);

let sent = 0;

/** Searches twice a second while the page is visible and connected. @returns a function that stops it */
export function startProbing(): () => void {
  const timer = setInterval(() => {
    if (!document.hidden && connection.peek().state === 'open') void search();
  }, EVERY_MS);
  return () => clearInterval(timer);
}

async function search(): Promise<void> {
  const time = Date.now();
  const began = performance.now();
  const broken = faultsOn.peek().length > 0;
  const outcome = await outcomeOf(time);
  probes.value = addProbe(probes.peek(), { time, tookMs: performance.now() - began, outcome, broken });
}

async function outcomeOf(time: number): Promise<Probe['outcome']> {
  // A word that no other search has, so that none is answered from a cache.
  const q = `deep sea fish ${time}n${sent++}`;
  try {
    const url = `/api/search?${new URLSearchParams({ q, size: '1' }).toString()}`;
    const { coverage } = await getJson<SearchAnswer>(url, AbortSignal.timeout(GIVE_UP_MS));
    return coverage.degraded ? 'incomplete' : 'complete';
  } catch {
    return 'failed';
  }
}
