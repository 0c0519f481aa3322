import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type SpanContext,
  type Tracer,
} from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TracerProvider,
  type ReadableSpan,
  type Sampler,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';
import { beforeEach, describe, expect, it } from 'vitest';
import { Hindsight } from './hindsight.js';
import { SketchingProvider } from './sketching-provider.js';

const STARTED_AT = 1_790_000_000_000.25;
const CALLER: SpanContext = {
  traceId: '1'.repeat(32),
  spanId: '2'.repeat(16),
  traceFlags: TraceFlags.NONE,
  isRemote: true,
};
const ELSEWHERE = { context: { ...CALLER, traceFlags: TraceFlags.SAMPLED } };
const below = (caller: SpanContext) => trace.setSpanContext(ROOT_CONTEXT, caller);

/** All that an exporter looks at. */
const TOLD = [
  'name',
  'kind',
  'parentSpanContext',
  'startTime',
  'endTime',
  'duration',
  'ended',
  'attributes',
  'status',
  'links',
  'events',
  'resource',
  'instrumentationScope',
  'droppedAttributesCount',
  'droppedEventsCount',
  'droppedLinksCount',
] as const;

const told = (span: ReadableSpan) => Object.fromEntries(TOLD.map((field) => [field, span[field]]));

function ask(tracer: Tracer, caller: Context, tookMs = 250.5): SpanContext {
  const span = tracer.startSpan(
    'GET /api/search',
    {
      kind: SpanKind.SERVER,
      startTime: STARTED_AT,
      attributes: { 'url.path': '/api/search', list: ['a'] },
    },
    caller,
  );
  span.setAttribute('http.response.status_code', 503).setAttributes({ 'url.path': '/', shed: true });
  span.addLink(ELSEWHERE).addLinks([ELSEWHERE, ELSEWHERE]);
  span.setStatus({ code: SpanStatusCode.ERROR, message: 'full' }).updateName('GET');
  span.end(STARTED_AT + tookMs);
  return span.spanContext();
}

describe('a request that is not sampled', () => {
  let started: number;
  let exported: ReadableSpan[];
  let took: number;
  const processor: SpanProcessor = {
    onStart: () => void started++,
    onEnd: (span) => void exported.push(span),
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  const options = { resource: resourceFromAttributes({ a: 'resource' }), spanProcessors: [processor] };

  beforeEach(() => {
    started = 0;
    exported = [];
    took = 0;
  });

  function sketching(root: Sampler = new AlwaysOffSampler()): Tracer {
    const hindsight = new Hindsight(({ durationMs }) => {
      took = durationMs;
      return durationMs >= 250;
    });
    return new SketchingProvider(new ParentBasedSampler({ root }), hindsight, options).getTracer('spec', '1');
  }

  it('is exported as the SDK would have recorded it, by the ids it has had all the time', () => {
    const own = ask(sketching(), below(CALLER));
    ask(
      new TracerProvider({ ...options, sampler: new AlwaysOnSampler() }).getTracer('spec', '1'),
      below(CALLER),
    );
    const [kept, recorded] = exported;
    expect(told(kept!)).toEqual(told(recorded!));
    expect(kept!.spanContext()).toEqual({ ...recorded!.spanContext(), spanId: own.spanId });
    expect(kept).toMatchObject({
      parentSpanContext: CALLER,
      links: { length: 3 },
      status: { message: 'full' },
    });
    expect(own).toMatchObject({ traceId: CALLER.traceId, traceFlags: TraceFlags.SAMPLED });
  });

  it('begins a trace when it has no caller, or one without valid ids', () => {
    for (const caller of [ROOT_CONTEXT, below({ ...CALLER, traceId: '0'.repeat(32) })]) {
      const own = ask(sketching(), caller);
      expect(exported.at(-1)!.spanContext()).toMatchObject(own);
      expect(exported.at(-1)!.parentSpanContext).toBeUndefined();
      expect(own.traceId).toMatch(/^(?!0+$|1+$)[0-9a-f]{32}$/);
    }
  });

  it('costs no span when it is not kept', () => {
    ask(sketching(), below(CALLER), 249.5);
    expect(took).toBe(249.5);
    expect(started).toBe(0);
    expect(exported).toEqual([]);
  });

  it('has the times that OpenTelemetry allows', () => {
    const tracer = sketching();
    const request = (startTime: Date | [number, number]) =>
      tracer.startSpan('GET', { kind: SpanKind.SERVER, startTime }, ROOT_CONTEXT);
    request(new Date(1_000)).end(new Date(1_200));
    expect(took).toBe(200);
    request([1, 900_000_000]).end([2, 0]);
    expect(took).toBeCloseTo(100);
    tracer.startSpan('GET', { kind: SpanKind.SERVER }).end();
    expect(took).toBeLessThan(100);
  });

  it('is noted down, and no other span, which carries its ids on', () => {
    const tracer = sketching();
    const start = (kind: SpanKind) => tracer.startSpan('one', { kind }, below(CALLER));
    expect(start(SpanKind.SERVER).isRecording()).toBe(true);
    expect(start(SpanKind.CLIENT).isRecording()).toBe(false);
    expect(start(SpanKind.CLIENT).spanContext()).toMatchObject({ traceId: CALLER.traceId, traceFlags: 0 });
    expect(started).toBe(0);
  });

  it('is left to the SDK when the sampler takes it, by the trace that the sampler saw', () => {
    const seen: string[] = [];
    const root: Sampler = {
      shouldSample: (_, traceId) => {
        seen.push(traceId);
        return new AlwaysOnSampler().shouldSample();
      },
      toString: () => 'spec',
    };
    ask(sketching(root), ROOT_CONTEXT, 1);
    ask(sketching(), below(ELSEWHERE.context), 1);
    expect(exported.map((span) => span.spanContext().traceId)).toEqual([...seen, CALLER.traceId]);
    expect(started).toBe(2);
  });

  it('can be the active one', () => {
    sketching().startActiveSpan('GET', { kind: SpanKind.SERVER }, ROOT_CONTEXT, (span) => {
      expect(span.isRecording()).toBe(true);
      expect(started).toBe(0);
    });
  });
});
