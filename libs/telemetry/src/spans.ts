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

// A proxy: it uses the SDK from the moment that is started, and returns no-op spans until then.
const tracer = trace.getTracer('shoal');

/** Maximum links of a span. A message may have hundreds of queries, and a reader follows one or two. */
const MOST_LINKS = 8;

export interface SpanStart {
  kind: SpanKind;
  /** Start by `performance.now()`. Default: now. */
  startedAt?: number;
  /** Owned by the span from then on, which may modify them. */
  attributes?: Attributes;
  /** `traceparent`s of related requests, as of those in the same message. Unsampled ones cannot be looked up and are left out. */
  links?: readonly (string | undefined)[];
}

/**
 * Starts a span that continues the caller's trace, or begins a trace when there is no caller. Without an exporter, or in an unsampled
 * trace, it records nothing, but has the ids for answers, logs and messages.
 * @param traceparent trace context of the caller
 */
export function startSpan(name: string, traceparent: string | undefined, start: SpanStart): Span {
  const caller = parseTraceparent(traceparent);
  // Nearly all requests under load. The SDK would copy attributes and links before it calls its sampler.
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

/** Links a span to another trace, if that is sampled: to the one that did its work. */
export function linkTo(span: Span, traceparent: string): void {
  span.addLinks(linksTo([traceparent]));
}

/** Ends a span of {@link startSpan}. @param endedAt by `performance.now()`, default: now */
export function endSpan(span: Span, endedAt?: number): void {
  span.end(wallTime(endedAt));
}

/** Marks a span as failed. @param type the kind of failure, one of a few words */
export function failSpan(span: Span, type: string, message?: string): void {
  span.setAttribute(ATTR_ERROR_TYPE, type);
  span.setStatus({ code: SpanStatusCode.ERROR, ...(message === undefined ? {} : { message }) });
}

/** Marks a span as failed by a thrown error. */
export function failSpanBy(span: Span, error: unknown): void {
  failSpan(span, error instanceof Error ? error.name : 'error');
}

/** Returns the `traceparent` for a message that is sent on behalf of this span. */
export function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return formatTraceparent(traceId, spanId, traceFlags);
}

/** Runs a task and its continuations with this span as the active one: logs and further spans belong to it. */
export function inSpan<T>(span: Span, task: () => T): T {
  return context.with(trace.setSpan(ROOT_CONTEXT, span), task);
}

/**
 * Runs a task in a span of its own, which ends with the task, or with its promise, and fails with its error.
 * @param traceparent trace context of the caller
 * @throws the error of the task
 */
export function withSpan<T>(
  name: string,
  traceparent: string | undefined,
  start: SpanStart,
  task: (span: Span) => T,
): T {
  const span = startSpan(name, traceparent, start);
  const fail = (error: unknown): never => {
    failSpanBy(span, error);
    endSpan(span);
    throw error;
  };
  let result: T;
  try {
    result = inSpan(span, () => task(span));
  } catch (error) {
    return fail(error);
  }
  const succeed = <V>(value: V): V => {
    endSpan(span);
    return value;
  };
  return result instanceof Promise ? (result.then(succeed, fail) as T) : succeed(result);
}

/** Returns the span of the enclosing {@link inSpan}, or a span that records nothing. */
export function activeSpan(): Span {
  return trace.getActiveSpan() ?? unrecorded();
}

/**
 * Returns milliseconds since 1970 for `startTime` and `end` of spans. The SDK's own start times come from `Date.now()` in whole
 * milliseconds, by which a shard's span could begin before the root's attempt.
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
