import { setTimeout as sleep } from 'node:timers/promises';

const EVERY_MS = 50;

/**
 * A timer this late, in a process that has nothing to do, is the machine's doing: with two runs of the system's specs
 * at once on two cores it was late by 110 ms at most.
 */
export const LATE_MS = 300;

/**
 * The moments in which this machine stood still, as virtual ones do while their host serves others. Whether an answer comes
 * within a second cannot be judged by a second of which a third was missing.
 */
export class Standstills {
  #seen = [];
  #stopped = false;

  /** Watches until `stop`. This process has to be idle meanwhile, and to be read: who pauses its output pauses it. */
  async watch() {
    let last = Date.now();
    while (!this.#stopped) {
      await sleep(EVERY_MS);
      const now = Date.now();
      const late = now - last - EVERY_MS;
      if (late >= LATE_MS) this.#seen.push({ began: last, ended: now, ms: late });
      last = now;
    }
  }

  stop() {
    this.#stopped = true;
  }

  /** @returns the longest between these moments of `Date.now()`, in ms; 0 when there was none */
  longest(from, to) {
    const within = this.#seen.filter(({ began, ended }) => began < to && ended > from);
    return Math.max(0, ...within.map(({ ms }) => ms));
  }

  /** @returns a sentence for the end of a run */
  summary() {
    const longest = this.longest(0, Infinity).toFixed(0);
    return `the machine stood still ${this.#seen.length} times, for ${longest} ms at most`;
  }
}
