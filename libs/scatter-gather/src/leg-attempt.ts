import type { AttemptOutcome, AttemptReason } from './observer.js';

/** What a leg remembers of one attempt, to tell afterwards where its time went. Times by `performance.now()`. */
export class LegAttempt {
  readonly began = performance.now();
  /** null while it is under way. */
  ended: number | null = null;
  outcome: AttemptOutcome | null = null;
  /** Why the replica refused. */
  detail: string | undefined;

  constructor(
    readonly replica: string,
    readonly reason: AttemptReason,
  ) {}

  /** The first end counts: a reply may come after the deadline has ended the attempt. */
  end(outcome: AttemptOutcome, detail?: string): void {
    if (this.ended !== null) return;
    this.ended = performance.now();
    this.outcome = outcome;
    this.detail = detail;
  }
}
