import { getRandomValues } from 'node:crypto';

/** The fields of a `traceparent` header, W3C Trace Context §3.2. */
export interface TraceContext {
  /** 32 lower-case hex digits: the whole request, across all processes. */
  traceId: string;
  /** 16 lower-case hex digits: the span of the caller. */
  parentId: string;
  /** The caller records this trace. */
  sampled: boolean;
}

// Version 00 ends after the flags; a later version may go on after another dash, and is read as if it were 00. Only tested: the fields
// are always in the same place, and a match that holds them would be garbage of every request.
const FORMAT = /^(?!ff|00.{54})[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/;

/** Reads a `traceparent` header. Null when it is missing or invalid: the receiver then starts a new trace. */
export function parseTraceparent(header: string | undefined): TraceContext | null {
  if (header === undefined || !FORMAT.test(header)) return null;
  return { traceId: traceIdOf(header), parentId: header.slice(36, 52), sampled: isSampled(header) };
}

const ID_BYTES = 16 + 8;
// One call into the kernel's generator costs more than the bytes, so they are drawn for 256 headers at once.
const pool = Buffer.alloc(256 * ID_BYTES);
let used = pool.length;

/** Fresh random ids, for a request that came without any where nobody else makes them. */
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

/** The trace id in a valid `traceparent`, as {@link parseTraceparent} accepted or {@link formatTraceparent} made it. */
export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}

/** Whether the trace of a valid `traceparent` is recorded. */
export function isSampled(traceparent: string): boolean {
  return (parseInt(traceparent.slice(53, 55), 16) & 1) === 1;
}
