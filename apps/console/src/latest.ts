/**
 * Runs one task at a time, the newest: starting one aborts the one before, and whatever that one still brings is
 * dropped. So an older answer never replaces a newer one, even when the network hands them over in the wrong order.
 */
export class Latest {
  #current = new AbortController();

  /** Starts a task; `done` or `failed` is called unless a newer one has begun by then. */
  run<T>(
    task: (signal: AbortSignal) => Promise<T>,
    done: (value: T) => void,
    failed: (error: unknown) => void,
  ): void {
    this.cancel();
    const { signal } = this.#current;
    task(signal).then(
      (value) => {
        if (!signal.aborted) done(value);
      },
      (error: unknown) => {
        if (!signal.aborted) failed(error);
      },
    );
  }

  /** Drops the task that is under way, if any. */
  cancel(): void {
    this.#current.abort();
    this.#current = new AbortController();
  }
}
