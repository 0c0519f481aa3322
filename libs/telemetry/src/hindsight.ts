import type { Attributes, SpanStatus } from '@opentelemetry/api';
import type { Sketch } from './sketch.js';
import { isExported } from './spans.js';
import { TokenBucket } from './token-bucket.js';

/** Requests that are kept each second: when all are slow or refused, each looks like the others, and exporting them is no help. */
const PER_SECOND = 10;
const BURST = 40;

/** What a request's own span says at its end. */
export interface EndedRequest {
  readonly attributes: Attributes;
  readonly status: SpanStatus;
  readonly durationMs: number;
}

/**
 * Sampling after the fact, within this process. Of a request that is not sampled only its own span is noted down ({@link Sketch}). If that turns
 * out to have been worth keeping when it ends, it is exported, and the others are made from what is remembered of them ({@link whenKept}).
 * Holding all spans of all processes until somebody asks for them tells more (Zhang et al., "The Benefit of Hindsight: Tracing
 * Edge-Cases in Distributed Systems", NSDI 2023), and costs every request what only few are worth.
 */
export class Hindsight {
  constructor(
    private readonly isWorthKeeping: (request: EndedRequest) => boolean,
    private readonly budget = new TokenBucket(PER_SECOND, BURST),
  ) {}

  /**
   * Whether requests are noted down. Not while the budget is spent, as in an overload, when every microsecond counts and hundreds of such
   * traces are there already.
   */
  get isNoting(): boolean {
    return !this.budget.isEmpty;
  }

  /** Whether a request that has ended is exported: {@link keepSpan} says so, or it is worth it and within the budget. */
  keeps(request: Sketch): boolean {
    return isExported(request) || (this.isWorthKeeping(request) && this.budget.take());
  }
}
