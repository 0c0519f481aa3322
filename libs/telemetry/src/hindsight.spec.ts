import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type ReadableSpan,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';
import { beforeEach, describe, expect, it } from 'vitest';
import { Hindsight, type EndedRequest } from './hindsight.js';
import { SketchingProvider } from './sketching-provider.js';
import { isExported, keepSpan } from './spans.js';
import { TokenBucket } from './token-bucket.js';
import { whenKept } from './when-kept.js';

const failed = ({ status }: EndedRequest) => status.code === SpanStatusCode.ERROR;

function fail(span: Span): void {
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

describe('Hindsight', () => {
  let exported: ReadableSpan[];
  let tracer: Tracer;
  const names = () => exported.map(({ name }) => name);

  beforeEach(() => {
    exported = [];
    const exporting: SpanProcessor = {
      onStart: () => undefined,
      onEnd: (span) => void exported.push(span),
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    };
    const hindsight = new Hindsight(failed, new TokenBucket(1, 2, () => 0));
    const parents = new ParentBasedSampler({
      root: new AlwaysOffSampler(),
      remoteParentSampled: new AlwaysOnSampler(),
    });
    tracer = new SketchingProvider(parents, hindsight, { spanProcessors: [exporting] }).getTracer('spec');
  });

  /** What another process asks for, always of the same trace and by the same span. */
  function request(name: string, sampled = false): Span {
    const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
    const caller = { traceId: '1'.repeat(32), spanId: '00f067aa0ba902b7', traceFlags, isRemote: true };
    return tracer.startSpan(name, { kind: SpanKind.SERVER }, trace.setSpanContext(ROOT_CONTEXT, caller));
  }

  const below = (span: Span, name: string): Span =>
    tracer.startSpan(name, { kind: SpanKind.CLIENT }, trace.setSpan(ROOT_CONTEXT, span));

  it('exports what was sampled at its beginning, at once', () => {
    const first = request('request', true);
    below(first, 'attempt').end();
    expect(names()).toEqual(['attempt']);
    first.end();
    expect(names()).toEqual(['attempt', 'request']);
  });

  it('forgets a request that went well, and all that happened on the way', () => {
    const first = request('request');
    whenKept(first, () => below(first, 'attempt').end());
    fail(below(first, 'failed attempt'));
    first.end();
    keepSpan(first);
    fail(first);
    expect(names()).toEqual([]);
    expect(isExported(first)).toBe(false);
  });

  it('exports a request that is worth keeping, and what is remembered of it, all of them sampled', () => {
    const first = request('request');
    whenKept(first, () => below(first, 'ask').end());
    whenKept(first, () => below(first, 'fetch').end());
    fail(first);
    expect(names()).toEqual(['request', 'ask', 'fetch']);
    expect(isExported(first)).toBe(true);
    expect(exported.map((span) => span.spanContext().traceFlags & TraceFlags.SAMPLED)).not.toContain(0);
  });

  it('takes each request by itself, also when a client gives all of them the same trace', () => {
    const [good, bad] = [request('good'), request('bad')];
    for (const [first, name] of [
      [good, 'of the good one'],
      [bad, 'of the bad one'],
    ] as const)
      whenKept(first, () => below(first, name).end());
    fail(bad);
    good.end();
    expect(names()).toEqual(['bad', 'of the bad one']);
  });

  it('keeps what somebody else says must be kept', () => {
    const first = request('request');
    whenKept(first, () => below(first, 'attempt').end());
    keepSpan(first);
    first.end();
    expect(names()).toEqual(['request', 'attempt']);
  });

  it('keeps few when all are worth it, and what somebody else says beyond these', () => {
    const early = request('begun early');
    for (let i = 0; i < 100; i++) fail(request('request'));
    expect(exported).toHaveLength(2);
    expect(request('one more').isRecording()).toBe(false);
    keepSpan(early);
    early.end();
    expect(names()).toEqual(['request', 'request', 'begun early']);
  });
});
