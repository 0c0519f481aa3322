import type { AttemptOutcome, AttemptReason } from './observer.js';

/** One shard's part of a query. */
export interface Leg<Q, R> {
  readonly target: number;
  readonly query: Q;
  /** By `performance.now()`. */
  readonly deadline: number;
  /** Set once; whatever comes later is too late. */
  readonly settled: boolean;
  /** Who is being asked, kept for the outcome of a leg that never answers. */
  replica: string | null;
  /** Another replica was asked beside the first, because that took long. */
  hedged: boolean;
  readonly attempts: LegAttempt[];
  settle(outcome: Omit<LegOutcome<R>, 'target' | 'hedged' | 'attempts'>): void;
}

/** How one shard fared: an answer, no answer in time, or nobody able to answer. */
export interface LegOutcome<R> {
  target: number;
  outcome: 'answered' | 'timedOut' | 'failed';
  /** Who answered, or who was asked last. */
  replica: string | null;
  result?: R;
  /** Why a leg failed: what the last replica that could not answer said, or the inbox for it. */
  reason?: string;
  /** A second replica was asked beside the first. */
  hedged: boolean;
  /** Everybody who was asked, in that order. Those that lost may still be under way, and end later. */
  attempts: readonly LegAttempt[];
  /** From the moment the message left to the reply; includes what the replica reports as its own time. */
  roundTripMs: number;
}

/** What a leg remembers of one attempt, to tell afterwards where its time went. Times by `performance.now()`. */
export class LegAttempt {
  readonly began = performance.now();
  /** null while it is under way. */
  ended: number | null = null;
  outcome: AttemptOutcome | null = null;
  /** Why the replica rejected. */
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
