import { TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';

/** Spans held at most: some seconds of a busy process. */
const MOST_SPANS = 8_192;
/** For how long a span that ends late still joins the trace that is kept, in ms: a replica that is waited for in vain. */
const LATE_MS = 10_000;
/** Kept traces remembered. */
const MOST_KEPT = 4_096;

/**
 * Sampling after the fact. What was not sampled at its beginning is recorded all the same and held for a few seconds. If the trace
 * turns out to matter, {@link keep} exports what is held of it; otherwise newer spans push it out, and it has cost no more than its
 * recording. Source: Zhang et al., "The Benefit of Hindsight: Tracing Edge-Cases in Distributed Systems", NSDI 2023.
 */
export class Hindsight implements SpanProcessor {
  /** By trace, the longest held first. */
  private readonly held = new Map<string, ReadableSpan[]>();
  private spans = 0;
  /** Until when (by `performance.now()`) spans of a kept trace are exported as they end; the oldest first. */
  private readonly kept = new Map<string, number>();

  constructor(private readonly exporting: SpanProcessor) {}

  /** Exports all spans of this trace, those that end in the next seconds too. */
  keep(traceId: string): void {
    this.kept.set(traceId, performance.now() + LATE_MS);
    if (this.kept.size > MOST_KEPT) this.kept.delete(this.kept.keys().next().value!);
    const spans = this.held.get(traceId) ?? [];
    this.forget(traceId, spans);
    for (const span of spans) this.export(span);
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    const { traceId, traceFlags } = span.spanContext();
    if (traceFlags & TraceFlags.SAMPLED) return this.exporting.onEnd(span);
    if (performance.now() < (this.kept.get(traceId) ?? 0)) return this.export(span);
    const spans = this.held.get(traceId);
    if (spans) spans.push(span);
    else this.held.set(traceId, [span]);
    if (++this.spans > MOST_SPANS) this.forget(...this.oldest());
  }

  forceFlush(): Promise<void> {
    return this.exporting.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.exporting.shutdown();
  }

  private export(span: ReadableSpan): void {
    // Exporters pass by what does not say that it is sampled; now it is.
    span.spanContext().traceFlags |= TraceFlags.SAMPLED;
    this.exporting.onEnd(span);
  }

  private forget(traceId: string, spans: ReadableSpan[]): void {
    this.held.delete(traceId);
    this.spans -= spans.length;
  }

  private oldest(): [string, ReadableSpan[]] {
    return this.held.entries().next().value!;
  }
}
