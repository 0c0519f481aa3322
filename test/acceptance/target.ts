/** A running Shoal: where it is, and what the suite may do to it. */
export interface Target {
  /** Of the edge. */
  readonly url: string;
  /** Which a change must bring; empty when everybody may change something. */
  readonly apiKey: string;
  /** Undefined when nobody observes it. */
  readonly prometheusUrl: string | undefined;
  /** Undefined where there is none. */
  readonly grafanaUrl: string | undefined;
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

/** How long it takes at most until a process that crashed, or was told to end, runs again. */
export const RESTART_MS = 60_000;
