/** A running Shoal: where it is, and what the suite may do to it. */
export interface Target {
  /** Of the edge. */
  readonly url: string;
  /** Which a change must bring; empty when everybody may change something. */
  readonly apiKey: string;
  /** Undefined when nobody observes it. */
  readonly prometheusUrl: string | undefined;
  /**
   * Ends a process as a crash would, without a word to it; resolves once another one runs in its place.
   * @param name as in `/api/cluster`
   */
  crash(name: string): Promise<void>;
}

/** How long it takes at most until a process that crashed runs again. */
export const RESTART_MS = 60_000;
