import { isSpanContextValid, SpanKind, trace, type Context } from '@opentelemetry/api';
import {
  ParentBasedSampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
  type Sampler,
  type SamplingResult,
} from '@opentelemetry/sdk-trace';
import { TokenBucket } from './token-bucket.js';

/** Traces of one route that are sampled each second in any case: each search of a person who tries things out. */
const PER_SECOND = 10;
/** Traces of one route that may begin at once. */
const BURST = 30;
/** Share of the further traces that is sampled, unless OTEL_TRACES_SAMPLER_ARG sets another. */
const RATIO = 0.005;

const SAMPLED: SamplingResult = { decision: SamplingDecision.RECORD_AND_SAMPLED };
const NOT_SAMPLED: SamplingResult = { decision: SamplingDecision.NOT_RECORD };

/**
 * Samples the first requests of each route in a second. Further requests without a caller's trace are sampled by a ratio.
 *
 * A client's `sampled` flag is honoured within the same limit. Without the limit, any client could make every process record its traces.
 */
export class RateLimitingSampler implements Sampler {
  private readonly beyond: TraceIdRatioBasedSampler;
  /** One bucket a route, so that completions do not use up the traces of searches. Routes are few and known. */
  private readonly buckets = new Map<string, TokenBucket>();

  /**
   * @param ratio share of the traces beyond the limit, 0 to 1
   * @param now monotonic clock in ms, replaceable in tests
   */
  constructor(
    ratio = RATIO,
    private readonly now?: () => number,
  ) {
    this.beyond = new TraceIdRatioBasedSampler(ratio);
  }

  shouldSample(parent: Context, traceId: string, name: string, kind: SpanKind): SamplingResult {
    const caller = trace.getSpanContext(parent);
    const hasCaller = caller !== undefined && isSpanContextValid(caller);
    // Spans within this process have the request's span as their parent, and the request was decided on before.
    if (hasCaller && kind !== SpanKind.SERVER) return SAMPLED;
    let bucket = this.buckets.get(name);
    if (!bucket) this.buckets.set(name, (bucket = new TokenBucket(PER_SECOND, BURST, this.now)));
    if (bucket.take()) return SAMPLED;
    // A client chooses its trace ids, so a ratio of these would be no limit.
    return hasCaller ? NOT_SAMPLED : this.beyond.shouldSample(parent, traceId);
  }

  toString(): string {
    return `RateLimitingSampler{${PER_SECOND}/s, ${this.beyond.toString()}}`;
  }
}

/**
 * Returns the head sampler of a process. A caller's decision is followed; at the edge the caller is any client, so its `sampled` flag
 * is honoured up to the limit only.
 * @throws Error when OTEL_TRACES_SAMPLER_ARG is no number from 0 to 1
 */
export function headSampler({ isEdge }: { isEdge: boolean }): Sampler {
  const text = process.env['OTEL_TRACES_SAMPLER_ARG'];
  const ratio = text === undefined || text === '' ? RATIO : Number(text);
  if (!(ratio >= 0 && ratio <= 1))
    throw new Error(`OTEL_TRACES_SAMPLER_ARG: must be a ratio from 0 to 1, not ${text}`);
  const limited = new RateLimitingSampler(ratio);
  return new ParentBasedSampler({ root: limited, ...(isEdge && { remoteParentSampled: limited }) });
}
