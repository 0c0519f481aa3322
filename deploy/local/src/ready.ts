import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterView } from '@shoal/contracts';
import type { Progress } from './progress.js';
import { StartupError } from './startup-error.js';

const POLL_MS = 50;
/** As long as something moves we wait; without any change for this long something is wrong. */
const STUCK_MS = 90_000;

/** Processes that a ready cluster has. */
export interface Expected {
  /** Replicas of all shards together. */
  replicas: number;
  /** Documents, at least, on every replica of their shard. */
  documents: number;
}

/**
 * Waits until the cluster answers with every replica.
 * @throws StartupError when nothing has moved for a while, naming what is missing
 */
export async function searchable(url: string, expected: Expected, progress: Progress): Promise<ClusterView> {
  let last = '';
  let movedAt = performance.now();
  for (;;) {
    const view = await clusterView(url);
    const missing = view === undefined ? 'no frontend answers' : whatIsMissing(view, expected);
    if (view && missing === undefined) return view;
    const state = `${missing} ${view?.documents} ${view?.epoch}`;
    if (state !== last) movedAt = performance.now();
    last = state;
    if (performance.now() - movedAt > STUCK_MS)
      throw new StartupError(`the cluster does not get ready: ${missing}; see the logs`);
    const { documents } = expected;
    progress.show(documents ? (view?.documents ?? 0) / documents : 0, `waiting: ${missing}`);
    await sleep(POLL_MS);
  }
}

/** @returns undefined when nothing is */
export function whatIsMissing(view: ClusterView, expected: Expected): string | undefined {
  if (view.leader === null) return 'no indexer leads yet';
  if (view.shards.length === 0) return 'the shards have not been assigned yet';
  const replicas = view.shards.flatMap(({ replicas }) => replicas);
  const ready = replicas.filter(({ state }) => state === 'ready').length;
  if (ready < expected.replicas) return `${ready} of ${expected.replicas} replicas are ready`;
  if (view.documents < expected.documents) {
    return `${view.documents.toLocaleString('en')} of ${expected.documents.toLocaleString('en')} documents can be found`;
  }
  const behind = view.shards.flatMap((shard) =>
    shard.replicas.filter(({ documents }) => documents < shard.documents).map(({ member }) => member),
  );
  if (behind.length > 0) return `${behind.join(', ')} still behind`;
  return undefined;
}

async function clusterView(url: string): Promise<ClusterView | undefined> {
  try {
    const response = await fetch(`${url}/api/cluster`, {
      signal: AbortSignal.timeout(5000),
      // An idle connection would hold up the end of the frontend.
      headers: { connection: 'close' },
    });
    return response.ok ? ((await response.json()) as ClusterView) : undefined;
  } catch {
    return undefined;
  }
}
