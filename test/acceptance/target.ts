/** What of the watching the suite asks. */
export const WATCHERS = ['prometheus', 'jaeger', 'grafana'] as const;
export type WatcherName = (typeof WATCHERS)[number];

/** One that is deployed must answer where it is; one that is not is left out, and this says why. */
export type Watcher = { url: string } | { leftOut: string };

/** A running Shoal: where it is, and what the suite may do to it. */
export interface Target {
  /** Of the edge. */
  readonly url: string;
  /** Which a change must bring; empty when everybody may change something. */
  readonly apiKey: string;
  readonly watchers: Record<WatcherName, Watcher>;
  /**
   * Ends a process as a crash would, without a word to it; resolves once another one runs in its place.
   * @param name as in `/api/cluster`
   */
  crash(name: string): Promise<void>;
  /** Restarts all processes of a role in order, one after the other; resolves once all are ready again. */
  restart(role: 'frontend' | 'root'): Promise<void>;
  /** Has as many members run. Undefined where that is settled at the start. */
  readonly scale: ((members: number) => Promise<void>) | undefined;
}

/** What is found of each. */
export async function eachWatcher(
  find: (name: WatcherName) => Promise<Watcher> | Watcher,
): Promise<Record<WatcherName, Watcher>> {
  const found = await Promise.all(WATCHERS.map(async (name) => [name, await find(name)] as const));
  return Object.fromEntries(found) as Record<WatcherName, Watcher>;
}

/** How long it takes at most until a process that crashed, or was told to end, runs again. */
export const RESTART_MS = 60_000;
