import { SpanKind, TraceFlags } from '@opentelemetry/api';
import {
  SamplingDecision,
  type ReadableSpan,
  type Sampler,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';
import { TokenBucket } from './token-bucket.js';
import { tellOf } from './when-kept.js';

/** Requests that are kept each second: when all are slow or refused, each looks like the others, and exporting them is no help. */
const PER_SECOND = 10;
const BURST = 40;

/**
 * Sampling after the fact, within this process. Of a request that is not sampled only its own span is recorded. If that turns out to
 * have been worth keeping when it ends, it is exported, and the others are made from what is remembered of them ({@link whenKept}).
 * Holding all spans of all processes until somebody asks for them tells more (Zhang et al., "The Benefit of Hindsight: Tracing
 * Edge-Cases in Distributed Systems", NSDI 2023), and costs every request what only few are worth.
 */
export class Hindsight implements SpanProcessor {
  constructor(
    private readonly exporting: SpanProcessor,
    private readonly isWorthKeeping: (span: ReadableSpan) => boolean,
    private readonly budget = new TokenBucket(PER_SECOND, BURST),
  ) {}

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    const context = span.spanContext();
    if ((context.traceFlags & TraceFlags.SAMPLED) === 0) {
      if (!this.isWorthKeeping(span) || !this.budget.take()) return;
      context.traceFlags |= TraceFlags.SAMPLED;
    }
    this.exporting.onEnd(span);
    tellOf(span);
  }

  forceFlush(): Promise<void> {
    return this.exporting.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.exporting.shutdown();
  }

  /**
   * Has the spans of requests recorded also when `sampler` leaves them out; not while the budget is spent, as in an overload, when every
   * microsecond counts and hundreds of such traces are there already.
   */
  recording(sampler: Sampler): Sampler {
    return {
      shouldSample: (context, traceId, name, kind, ...rest) => {
        const result = sampler.shouldSample(context, traceId, name, kind, ...rest);
        const isLeftOut = result.decision === SamplingDecision.NOT_RECORD && kind === SpanKind.SERVER;
        return isLeftOut && !this.budget.isEmpty ? { ...result, decision: SamplingDecision.RECORD } : result;
      },
      toString: () => `RecordingRequests{${sampler.toString()}}`,
    };
  }
}
