import { TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';
import { TokenBucket } from './token-bucket.js';

/** Requests that are kept each second: when all are slow or refused, each looks like the others, and exporting them is no help. */
const PER_SECOND = 10;
const BURST = 20;
/** Spans held of one request: an upload may have any number. */
const MOST_SPANS = 256;
/** Spans under way: more were never ended. */
const MOST_OPEN = 8_192;

/** What one request has left in this process. */
interface Part {
  first: string;
  /** Null before the first span's end; from then on whether spans are exported as they end. */
  kept: boolean | null;
  /** Spans that have ended before the first one did. */
  held: ReadableSpan[];
}

/**
 * Sampling after the fact, within this process. What was not sampled is recorded all the same, and held until the request has its answer
 * here, when its first span ends: if it was worth keeping, all of it is exported, also what ends later (an attempt that nobody waits for any more);
 * otherwise it is forgotten. So a request holds its spans for as long as it lasts, and no longer: young garbage, which costs
 * next to nothing. A ring of the last seconds would also know what others find out later; it cost much more, as what is
 * held for seconds is old garbage.
 * Idea: Zhang et al., "The Benefit of Hindsight: Tracing Edge-Cases in Distributed Systems", NSDI 2023.
 */
export class Hindsight implements SpanProcessor {
  /** By the id of each span that has begun and not ended. */
  private readonly open = new Map<string, Part>();

  /**
   * @param exporting where spans go that are sampled or kept
   * @param isWorthKeeping told the first span of a request when it ends
   */
  constructor(
    private readonly exporting: SpanProcessor,
    private readonly isWorthKeeping: (span: ReadableSpan) => boolean,
    private readonly budget = new TokenBucket(PER_SECOND, BURST),
  ) {}

  onStart(span: ReadableSpan): void {
    if (isSampled(span)) return;
    const { spanId } = span.spanContext();
    const parent = this.open.get(span.parentSpanContext?.spanId ?? '');
    this.open.set(spanId, parent ?? { first: spanId, kept: null, held: [] });
    if (this.open.size > MOST_OPEN) this.open.delete(this.open.keys().next().value!);
  }

  onEnd(span: ReadableSpan): void {
    const { spanId } = span.spanContext();
    const part = this.open.get(spanId);
    this.open.delete(spanId);
    if (!part) return this.exporting.onEnd(span);
    if (spanId === part.first) this.decide(part, span);
    if (part.kept) this.keep(span);
    else if (part.kept === null && part.held.length < MOST_SPANS) part.held.push(span);
  }

  forceFlush(): Promise<void> {
    return this.exporting.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.exporting.shutdown();
  }

  private decide(part: Part, first: ReadableSpan): void {
    // Somebody who knows more may have set the flag meanwhile: keepSpan().
    part.kept = isSampled(first) || (this.isWorthKeeping(first) && this.budget.take());
    if (part.kept) for (const span of part.held) this.keep(span);
    part.held = [];
  }

  private keep(span: ReadableSpan): void {
    // Exporters pass by what does not say that it is sampled; now it is.
    span.spanContext().traceFlags |= TraceFlags.SAMPLED;
    this.exporting.onEnd(span);
  }
}

function isSampled(span: ReadableSpan): boolean {
  return (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
}
