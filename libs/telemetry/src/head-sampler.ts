import { ROOT_CONTEXT } from '@opentelemetry/api';
import {
  SamplingDecision,
  TraceIdRatioBasedSampler,
  type Sampler,
  type SamplingResult,
} from '@opentelemetry/sdk-trace';
import { TokenBucket } from './token-bucket.js';

/** Traces of a kind that are sampled each second in any case: whoever tries the system out finds every request of his own, also while he types. */
const PER_SECOND = 2;
/** And as many may come at once. */
const BURST = 30;
/** Share of the traces beyond these. */
const RATIO = 0.005;

const SAMPLED: SamplingResult = { decision: SamplingDecision.RECORD_AND_SAMPLED };

/**
 * Decides at a trace's beginning, when nothing is known about it yet: a few a second and a small ratio of the rest.
 */
export class HeadSampler implements Sampler {
  private readonly rest: TraceIdRatioBasedSampler;
  /** By the name of a trace's first span: one kind of request must not use up what others have. */
  private readonly few = new Map<string, TokenBucket>();

  /**
   * @param ratio of what comes on top of a few traces a second, 0 to 1
   * @param now monotonic clock in ms, replaceable in tests
   */
  constructor(
    ratio = RATIO,
    private readonly now?: () => number,
  ) {
    this.rest = new TraceIdRatioBasedSampler(ratio);
  }

  /** The ratio is OTEL_TRACES_SAMPLER_ARG, by default 0.005. @throws Error when it is no number from 0 to 1 */
  static fromEnvironment(text = process.env['OTEL_TRACES_SAMPLER_ARG']): HeadSampler {
    const ratio = text === undefined || text === '' ? RATIO : Number(text);
    if (!(ratio >= 0 && ratio <= 1))
      throw new Error(`OTEL_TRACES_SAMPLER_ARG: must be a ratio from 0 to 1, not ${text}`);
    return new HeadSampler(ratio);
  }

  shouldSample(_context: unknown, traceId: string, name: string): SamplingResult {
    let few = this.few.get(name);
    if (!few) this.few.set(name, (few = new TokenBucket(PER_SECOND, BURST, this.now)));
    return few.take() ? SAMPLED : this.rest.shouldSample(ROOT_CONTEXT, traceId);
  }

  toString(): string {
    return `HeadSampler{${PER_SECOND}/s, ${this.rest.toString()}}`;
  }
}
