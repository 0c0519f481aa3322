import { SpanKind } from '@opentelemetry/api';
import { SamplingDecision, type Sampler, type SamplingResult } from '@opentelemetry/sdk-trace';
import { TokenBucket } from './token-bucket.js';

/** Requests that are sampled each second because their callers wish it. */
const PER_SECOND = 10;
/** And as many may come at once. */
const BURST = 30;

const SAMPLED: SamplingResult = { decision: SamplingDecision.RECORD_AND_SAMPLED };
const NOT_SAMPLED: SamplingResult = { decision: SamplingDecision.NOT_RECORD };

/**
 * For the edge, where anybody may be the caller: that he samples a trace is a wish, which is granted within a budget. All processes behind the edge
 * record a trace that it has sampled, so otherwise each client would decide what all of them have to do. A request beyond the
 * budget goes on with its caller's trace as one that is not sampled.
 */
export class WishSampler implements Sampler {
  constructor(private readonly budget = new TokenBucket(PER_SECOND, BURST)) {}

  shouldSample(_context: unknown, _traceId: string, _name: string, kind: SpanKind): SamplingResult {
    // Spans below a request's own name that as their caller, and go by what was decided of it.
    const isRequest = kind === SpanKind.SERVER;
    return !isRequest || this.budget.take() ? SAMPLED : NOT_SAMPLED;
  }

  toString(): string {
    return `WishSampler{${PER_SECOND}/s}`;
  }
}
