import type { Violation } from './violation.ts';

/** What a run has counted; the verdict shows it. */
export interface Counts {
  /** Complete answers to searches, compared with the truth. */
  answers: number;
  degraded: number;
  /** Reads by id, compared with the truth. */
  reads: number;
  /** Requests without an answer, or with one that says "not now". */
  failed: number;
  faults: number;
}

/** A broken rule and what was seen. */
export interface Failure {
  violation: Violation;
  at: number;
  /** The request and what is telling of its answer. */
  evidence: string;
}

/** What happens in a run. The first failure ends it: what comes after may only follow from it. */
export class Journal {
  readonly counts: Counts = { answers: 0, degraded: 0, reads: 0, failed: 0, faults: 0 };
  readonly timeline: { at: number; event: string }[] = [];
  readonly failures: Failure[] = [];
  readonly epochs = new Set<number>();
  /** Fencing tokens: one for each time that an indexer became the owner. */
  readonly tokens = new Set<number>();
  private readonly failed = new AbortController();

  /** Aborted by the first failure. */
  get signal(): AbortSignal {
    return this.failed.signal;
  }

  note(event: string, at = performance.now()): void {
    this.timeline.push({ at, event });
  }

  /** @param evidence is only made when there is something to prove */
  judge(violations: readonly Violation[], at: number, evidence: () => string): void {
    if (violations.length === 0) return;
    for (const violation of violations) this.failures.push({ violation, at, evidence: evidence() });
    this.failed.abort();
  }
}
