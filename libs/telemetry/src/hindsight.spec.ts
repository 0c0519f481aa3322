import { ROOT_CONTEXT, SpanStatusCode, trace, TraceFlags, type Span, type Tracer } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  createAlwaysRecordSampler,
  ParentBasedSampler,
  TracerProvider,
  type ReadableSpan,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';
import { beforeEach, describe, expect, it } from 'vitest';
import { Hindsight } from './hindsight.js';
import { isExported, keepSpan } from './spans.js';
import { TokenBucket } from './token-bucket.js';

const failed = ({ status }: ReadableSpan) => status.code === SpanStatusCode.ERROR;

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
    const hindsight = new Hindsight(exporting, failed, new TokenBucket(1, 2, () => 0));
    const parents = new ParentBasedSampler({
      root: new AlwaysOffSampler(),
      remoteParentSampled: new AlwaysOnSampler(),
    });
    tracer = new TracerProvider({
      sampler: createAlwaysRecordSampler(parents),
      spanProcessors: [hindsight],
    }).getTracer('spec');
  });

  /** What another process asks for, always of the same trace and by the same span. */
  function request(name: string, sampled = false): Span {
    const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
    const caller = { traceId: '1'.repeat(32), spanId: '00f067aa0ba902b7', traceFlags, isRemote: true };
    return tracer.startSpan(name, {}, trace.setSpanContext(ROOT_CONTEXT, caller));
  }

  const below = (span: Span, name: string): Span =>
    tracer.startSpan(name, {}, trace.setSpan(ROOT_CONTEXT, span));

  it('exports what was sampled at its beginning, at once', () => {
    const first = request('request', true);
    below(first, 'attempt').end();
    expect(names()).toEqual(['attempt']);
    first.end();
    expect(names()).toEqual(['attempt', 'request']);
  });

  it('forgets a request that went well, also what ends after it and what failed on the way', () => {
    const first = request('request');
    const late = below(first, 'late');
    fail(below(first, 'attempt'));
    first.end();
    fail(late);
    expect(names()).toEqual([]);
    expect(isExported(first)).toBe(false);
  });

  it('exports all of a request that is worth keeping, also what ends after it, and says that it is sampled', () => {
    const first = request('request');
    const attempt = below(first, 'attempt');
    const late = below(first, 'late');
    below(attempt, 'below the attempt').end();
    attempt.end();
    expect(names()).toEqual([]);
    fail(first);
    expect(names()).toEqual(['below the attempt', 'attempt', 'request']);
    expect(isExported(first)).toBe(true);
    late.end();
    expect(names()).toEqual(['below the attempt', 'attempt', 'request', 'late']);
    expect(exported.map((span) => span.spanContext().traceFlags & TraceFlags.SAMPLED)).not.toContain(0);
  });

  it('takes each request by itself, also when a client gives all of them the same trace', () => {
    const good = request('good');
    const bad = request('bad');
    below(good, 'of the good one').end();
    below(bad, 'of the bad one').end();
    fail(bad);
    good.end();
    expect(names()).toEqual(['of the bad one', 'bad']);
  });

  it('keeps what somebody else says must be kept, whatever the budget', () => {
    for (let i = 0; i < 10; i++) fail(request('spends the budget'));
    exported = [];
    const first = request('request');
    below(first, 'attempt').end();
    keepSpan(first);
    first.end();
    expect(names()).toEqual(['attempt', 'request']);
  });

  it('keeps few when all are worth it', () => {
    for (let i = 0; i < 100; i++) fail(request('request'));
    expect(exported).toHaveLength(2);
  });

  it('holds a few hundred spans of a request', () => {
    const first = request('request');
    for (let i = 0; i < 1_000; i++) below(first, 'attempt').end();
    fail(first);
    expect(exported).toHaveLength(257);
  });
});
