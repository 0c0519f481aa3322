import { getRandomValues } from 'node:crypto';

/** The fields of a `traceparent` header, W3C Trace Context §3.2. */
export interface TraceContext {
  /** 32 lower-case hex digits: the trace of the request, across all processes. */
  traceId: string;
  /** 16 lower-case hex digits: the span of the caller. */
  parentId: string;
  /** Whether the caller records this trace. */
  sampled: boolean;
}

// Version 00 ends after the flags. A later version may continue after another dash and is read as 00. The pattern has no groups, because
// the fields have fixed positions and match objects would be garbage on every request.
const FORMAT = /^(?!ff|00.{54})[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/;

/** Reads a `traceparent` header. Null when it is missing or invalid: the receiver then starts a new trace. */
export function parseTraceparent(header: string | undefined): TraceContext | null {
  if (header === undefined || !FORMAT.test(header)) return null;
  return { traceId: traceIdOf(header), parentId: header.slice(36, 52), sampled: isSampled(header) };
}

const ID_BYTES = 16 + 8;
// One call of the kernel's generator costs more than its bytes, so they are drawn for 256 headers together.
const pool = Buffer.alloc(256 * ID_BYTES);
let used = pool.length;

/** Returns random ids for a span that the SDK does not create. */
export function newIds(): { traceId: string; spanId: string } {
  if (used === pool.length) {
    getRandomValues(pool);
    used = 0;
  }
  const ids = pool.toString('hex', used, (used += ID_BYTES));
  return { traceId: ids.slice(0, 32), spanId: ids.slice(32) };
}

/** @param flags 1 when the trace is sampled */
export function formatTraceparent(traceId: string, spanId: string, flags: number): string {
  return `00-${traceId}-${spanId}-0${flags & 1}`;
}

/** Returns the trace id of a valid `traceparent`, as {@link parseTraceparent} accepted or {@link formatTraceparent} made it. */
export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}

/** Whether the trace of a valid `traceparent` is sampled. */
export function isSampled(traceparent: string): boolean {
  return (parseInt(traceparent.slice(53, 55), 16) & 1) === 1;
}
