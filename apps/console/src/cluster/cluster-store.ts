import { computed, signal } from '@preact/signals';
import type { ClusterView } from '@shoal/contracts';
import { getJson, ProblemError } from '../api.js';
import { onEvent } from '../connection.js';
import { Latest } from '../latest.js';
import { addSample, type Sample } from './history.js';

/** What is known of the cluster: the last view, when it was taken (ms since 1970), and why there is no newer one. */
export interface ClusterState {
  view: ClusterView | undefined;
  at: number;
  problem: string | undefined;
}

const POLL_MS = 1000;

export const cluster = signal<ClusterState>({ view: undefined, at: 0, problem: undefined });
export const history = signal<readonly Sample[]>([]);

/** Where traces can be looked at, once the cluster has told it. */
export const jaeger = computed(() => cluster.value.view?.jaeger?.replace(/\/$/, ''));

const latest = new Latest();

/** Looks at the cluster once. */
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

function look(): void {
  if (!document.hidden) refreshCluster();
}

/** Looks each second, and at once after an event, while the page is visible. @returns a function that stops it */
export function followCluster(): () => void {
  look();
  const timer = setInterval(look, POLL_MS);
  const forget = onEvent(look);
  document.addEventListener('visibilitychange', look);
  return () => {
    clearInterval(timer);
    forget();
    document.removeEventListener('visibilitychange', look);
    latest.cancel();
  };
}
