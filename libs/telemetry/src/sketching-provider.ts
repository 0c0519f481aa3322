import {
  context,
  isSpanContextValid,
  SpanKind,
  trace,
  TraceFlags,
  type Context,
  type SpanContext,
  type Tracer,
} from '@opentelemetry/api';
import {
  AlwaysOnSampler,
  SamplingDecision,
  TracerProvider,
  type Sampler,
  type TracerProviderOptions,
} from '@opentelemetry/sdk-trace';
import { GivenIds } from './given-ids.js';
import type { Hindsight } from './hindsight.js';
import { Sketch } from './sketch.js';
import { newIds } from './traceparent.js';

/**
 * The SDK's provider, which starts only the spans that are exported. The SDK copies and checks a span's attributes before it asks its sampler,
 * and a span that it records costs far more than a {@link Sketch}. So the sampler is asked here, before, and of a request that is not
 * sampled a sketch is made.
 */
export class SketchingProvider extends TracerProvider {
  constructor(
    private readonly sampler: Sampler,
    private readonly hindsight: Hindsight,
    options: Pick<TracerProviderOptions, 'resource' | 'spanProcessors'>,
    private readonly ids = new GivenIds(),
  ) {
    super({ ...options, sampler: new AlwaysOnSampler(), idGenerator: ids });
  }

  override getTracer(...scope: Parameters<TracerProvider['getTracer']>): Tracer {
    const sdk = super.getTracer(...scope);
    const ended = (sketch: Sketch) => {
      if (this.hindsight.keeps(sketch)) this.export(sketch, sdk);
    };
    const startSpan: Tracer['startSpan'] = (name, options = {}, parent = context.active()) => {
      const { kind = SpanKind.INTERNAL, attributes = {}, links = [] } = options;
      const own = contextBelow(parent);
      const { decision } = this.sampler.shouldSample(parent, own.traceId, name, kind, attributes, links);
      if (decision === SamplingDecision.RECORD_AND_SAMPLED) {
        this.ids.next = own;
        return sdk.startSpan(name, options, parent);
      }
      if (kind !== SpanKind.SERVER || !this.hindsight.isNoting) return trace.wrapSpanContext(own);
      return new Sketch(name, options, parent, own, ended);
    };
    // What else a tracer does it does by this.
    return Object.assign(Object.create(sdk) as Tracer, { startSpan });
  }

  /** Makes the span of a request that is kept, and has its others made. */
  private export(sketch: Sketch, sdk: Tracer): void {
    const { name, kind, startTime, attributes, links, parent, status, endTime } = sketch;
    const own = sketch.spanContext();
    own.traceFlags |= TraceFlags.SAMPLED;
    this.ids.next = own;
    sdk.startSpan(name, { kind, startTime, attributes, links }, parent).setStatus(status).end(endTime);
    sketch.tell();
  }
}

/** Of a new span that is not sampled: the caller's trace goes on, or another begins. */
function contextBelow(parent: Context): SpanContext {
  const caller = trace.getSpanContext(parent);
  const ids = newIds();
  const traceId = caller && isSpanContextValid(caller) ? caller.traceId : ids.traceId;
  return { traceId, spanId: ids.spanId, traceFlags: TraceFlags.NONE };
}
