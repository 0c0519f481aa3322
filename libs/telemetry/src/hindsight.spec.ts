import { trace, TraceFlags, ROOT_CONTEXT, type Tracer } from '@opentelemetry/api';
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

describe('Hindsight', () => {
  let exported: ReadableSpan[];
  let hindsight: Hindsight;
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
    hindsight = new Hindsight(exporting);
    const parents = new ParentBasedSampler({
      root: new AlwaysOffSampler(),
      remoteParentSampled: new AlwaysOnSampler(),
    });
    tracer = new TracerProvider({
      sampler: createAlwaysRecordSampler(parents),
      spanProcessors: [hindsight],
    }).getTracer('spec');
  });

  /** A span of trace `number`. */
  function begin(name: string, number: number, sampled = false) {
    const traceId = number.toString(16).padStart(32, '0');
    const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
    const caller = { traceId, spanId: '00f067aa0ba902b7', traceFlags, isRemote: true };
    return { traceId, span: tracer.startSpan(name, {}, trace.setSpanContext(ROOT_CONTEXT, caller)) };
  }

  it('exports what was sampled at its beginning at once', () => {
    begin('sampled', 1, true).span.end();
    expect(names()).toEqual(['sampled']);
  });

  it('holds the rest, and exports of it what is to be kept, and nothing twice', () => {
    const { traceId, span } = begin('first', 1);
    span.end();
    begin('second', 1).span.end();
    begin('other', 2).span.end();
    expect(names()).toEqual([]);
    hindsight.keep(traceId);
    hindsight.keep(traceId);
    expect(names()).toEqual(['first', 'second']);
    expect(exported.map((one) => one.spanContext().traceFlags)).toEqual([
      TraceFlags.SAMPLED,
      TraceFlags.SAMPLED,
    ]);
  });

  it('exports spans of a kept trace that end later', () => {
    const { traceId, span } = begin('late', 1);
    hindsight.keep(traceId);
    expect(names()).toEqual([]);
    span.end();
    expect(names()).toEqual(['late']);
  });

  it('holds some thousand spans, the newest', () => {
    for (let number = 1; number <= 20_000; number++) begin(`span of ${number}`, number).span.end();
    for (let number = 1; number <= 20_000; number++) hindsight.keep(number.toString(16).padStart(32, '0'));
    expect(exported).toHaveLength(8_192);
    expect(names().at(-1)).toBe('span of 20000');
  });
});
