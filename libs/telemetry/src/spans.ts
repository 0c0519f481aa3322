import {
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Link,
  type Span,
} from '@opentelemetry/api';
import { ATTR_ERROR_TYPE } from '@opentelemetry/semantic-conventions';
import { formatTraceparent, newIds, parseTraceparent, type TraceContext } from './traceparent.js';

// Looked up once: it finds the SDK whenever that is set up, and until then makes spans that do nothing.
const tracer = trace.getTracer('shoal');

/** Of a message with hundreds of queries; a reader follows one or two. */
const MOST_LINKS = 8;

export interface SpanStart {
  kind: SpanKind;
  /** When it began, by `performance.now()`. Default: now. */
  startedAt?: number;
  /** The span's own from then on: it may write into them. */
  attributes?: Attributes;
  /** The `traceparent` of others that went the same way: in the same message, say. Those that are not sampled lead nowhere and are left out. */
  links?: readonly (string | undefined)[];
}

/**
 * Starts a span that goes on with the caller's trace, or begins a trace when there is no caller. Without an exporter it records nothing,
 * and still has the ids that go into answers, logs and messages.
 * @param traceparent of the caller
 */
export function startSpan(name: string, traceparent: string | undefined, start: SpanStart): Span {
  const caller = parseTraceparent(traceparent);
  // Nearly all under load: the SDK would copy attributes and links before it asks its sampler.
  if (caller && !caller.sampled) return unrecorded(caller.traceId);
  const { kind, startedAt, attributes, links } = start;
  const options = {
    kind,
    startTime: wallTime(startedAt),
    ...(attributes && { attributes }),
    ...(links && { links: linksTo(links) }),
  };
  const span = tracer.startSpan(name, options, contextOf(caller));
  if (isSpanContextValid(span.spanContext())) return span;
  return unrecorded(caller?.traceId);
}

/** Leads from a span to another trace, if that is sampled: to the one that did the work for it. */
export function linkTo(span: Span, traceparent: string): void {
  span.addLinks(linksTo([traceparent]));
}

/** Ends a span of {@link startSpan}. @param endedAt by `performance.now()`, default: now */
export function endSpan(span: Span, endedAt?: number): void {
  span.end(wallTime(endedAt));
}

/** Marks a span as failed. @param type the kind of failure: one of few words */
export function failSpan(span: Span, type: string, message?: string): void {
  span.setAttribute(ATTR_ERROR_TYPE, type);
  span.setStatus({ code: SpanStatusCode.ERROR, ...(message === undefined ? {} : { message }) });
}

/** Marks a span as failed by what was thrown. */
export function failSpanBy(span: Span, error: unknown): void {
  failSpan(span, error instanceof Error ? error.name : 'error');
}

/** The `traceparent` for a message that is sent on behalf of this span. */
export function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return formatTraceparent(traceId, spanId, traceFlags);
}

/** Runs a task, and all that it waits for, with this span as the active one: logs and further spans belong to it. */
export function inSpan<T>(span: Span, task: () => T): T {
  return context.with(trace.setSpan(ROOT_CONTEXT, span), task);
}

/** The span of {@link inSpan} in which this runs; outside of one a span that records nothing. */
export function activeSpan(): Span {
  return trace.getActiveSpan() ?? unrecorded();
}

/**
 * Milliseconds since 1970, for `startTime` and `end` of spans. The SDK by itself takes the time of a start from `Date.now()`, which knows only
 * whole milliseconds: a shard would seem to begin before it was asked.
 */
function wallTime(at = performance.now()): number {
  return performance.timeOrigin + at;
}

function unrecorded(traceOfCaller?: string): Span {
  const { traceId, spanId } = newIds();
  return trace.wrapSpanContext({ traceId: traceOfCaller ?? traceId, spanId, traceFlags: TraceFlags.NONE });
}

function linksTo(traceparents: readonly (string | undefined)[]): Link[] {
  const sampled = traceparents.map(parseTraceparent).filter((one) => one?.sampled === true);
  return sampled.slice(0, MOST_LINKS).map((one) => ({
    context: { traceId: one!.traceId, spanId: one!.parentId, traceFlags: TraceFlags.SAMPLED, isRemote: true },
  }));
}

function contextOf(caller: TraceContext | null): Context {
  if (!caller) return ROOT_CONTEXT;
  const { traceId, parentId } = caller;
  const traceFlags = TraceFlags.SAMPLED;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId: parentId, traceFlags, isRemote: true });
}

export { SpanKind, SpanStatusCode, type Span };
