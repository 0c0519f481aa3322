import { computed, signal } from '@preact/signals';
import type { ClusterView } from '@shoal/contracts';
import { getJson, Latest, ProblemError } from '../shared/api.js';
import { onEvent } from '../shared/connection.js';
import { addSample, type Sample } from './load-history.js';

/** Last view of the cluster, its time (ms since 1970), and the reason why there is no newer one. */
export interface ClusterState {
  view: ClusterView | undefined;
  at: number;
  problem: string | undefined;
}

const POLL_MS = 1000;

export const cluster = signal<ClusterState>({ view: undefined, at: 0, problem: undefined });
export const history = signal<readonly Sample[]>([]);

/** Base address of Jaeger, if the cluster has one. */
export const jaeger = computed(() => cluster.value.view?.jaeger?.replace(/\/$/, ''));

const latest = new Latest();

/** Reads the cluster state once. */
export function refreshCluster(): void {
  latest.run(
    (signal) => getJson<ClusterView>('/api/cluster', signal),
    (view) => {
      const at = Date.now();
      cluster.value = { view, at, problem: undefined };
      history.value = addSample(history.value, view, at);
    },
    (error) => {
      const problem = error instanceof ProblemError ? error.message : undefined;
      cluster.value = { ...cluster.value, problem };
    },
  );
}

function refreshIfVisible(): void {
  if (!document.hidden) refreshCluster();
}

/**
 * Reads the cluster state every second and after every event, while the page is visible.
 * @returns a function that stops it
 */
export function followCluster(): () => void {
  refreshIfVisible();
  const timer = setInterval(refreshIfVisible, POLL_MS);
  const removeListener = onEvent(refreshIfVisible);
  document.addEventListener('visibilitychange', refreshIfVisible);
  return () => {
    clearInterval(timer);
    removeListener();
    document.removeEventListener('visibilitychange', refreshIfVisible);
    latest.cancel();
  };
}
