import { randomBytes } from 'node:crypto';
import type { OtlpSink } from './otlp-sink.ts';
import { until } from './until.ts';

type Value = string | number | boolean;

/** A span as it came out of a process. Times in ms since 1970. */
export interface SeenSpan {
  traceId: string;
  spanId: string;
  /** Empty: the first of its trace. */
  parentId: string;
  name: string;
  /** OpenTelemetry's numbers: 2 server, 3 client, 4 producer, 5 consumer. */
  kind: number;
  service: string;
  instance: string;
  start: number;
  end: number;
  attributes: Record<string, Value>;
  /** Attributes of its process. */
  resource: Record<string, Value>;
  failed: boolean;
  links: string[];
}

interface KeyValue {
  key: string;
  value: { stringValue?: string; intValue?: string | number; doubleValue?: number; boolValue?: boolean };
}

interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes?: KeyValue[];
  status?: { code?: number };
  links?: { traceId: string }[];
}

export interface ExportRequest {
  resourceSpans: { resource: { attributes: KeyValue[] }; scopeSpans: { spans: OtlpSpan[] }[] }[];
}

/** All processes of a machine have one clock; what is left is the exactness of a double. */
export const CLOCK_MS = 0.01;
/**
 * How long a trace is quiet before it counts as whole, in ms: longer than a process keeps spans to send them together (1 s), also
 * when it stands still for a moment just then.
 */
const QUIET_MS = 2_500;

/** The span id of a test that begins a trace itself; spans below it count as beginnings. */
const CALLER = '00f067aa0ba902b7';

/** A trace that a client begins. @param sampled whether it wants it to be exported */
export function beginTrace(sampled = true): { traceId: string; headers: { traceparent: string } } {
  const traceId = randomBytes(16).toString('hex');
  return { traceId, headers: { traceparent: `00-${traceId}-${CALLER}-0${Number(sampled)}` } };
}

/** All spans that came. */
export function spansIn(sink: OtlpSink): SeenSpan[] {
  return (sink.received('/v1/traces') as ExportRequest[]).flatMap(seenSpans);
}

/** The spans of one message of OTLP. */
export function seenSpans({ resourceSpans }: ExportRequest): SeenSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const attributes = attributesOf(resource.attributes);
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => seen(span, attributes)));
  });
}

/** A trace, once at least one span of it has come to the sink and no more do. */
export function wholeTrace(sink: OtlpSink, traceId: string): Promise<Trace> {
  return settled(traceId, () => spansIn(sink).filter((span) => span.traceId === traceId));
}

/** A trace, once at least one span of it is there and no more come. @param read the spans that are there */
export async function settled(
  traceId: string,
  read: () => SeenSpan[] | Promise<SeenSpan[]>,
  waitMs?: number,
): Promise<Trace> {
  let spans: SeenSpan[] = [];
  let since = performance.now();
  await until(
    `trace ${traceId} is whole`,
    async () => {
      const before = spans.length;
      spans = await read();
      if (spans.length !== before) since = performance.now();
      return spans.length > 0 && performance.now() - since > QUIET_MS;
    },
    waitMs,
  );
  return new Trace(spans);
}

/** The spans of one trace, as a tree. */
export class Trace {
  readonly spans: readonly SeenSpan[];

  constructor(spans: readonly SeenSpan[]) {
    this.spans = spans;
  }

  get roots(): SeenSpan[] {
    return this.spans.filter(({ parentId }) => parentId === '');
  }

  /** Spans whose parent is missing. */
  get orphans(): SeenSpan[] {
    return this.spans.filter((span) => span.parentId !== '' && !this.parentOf(span));
  }

  parentOf({ parentId }: SeenSpan): SeenSpan | undefined {
    return this.spans.find(({ spanId }) => spanId === parentId);
  }

  childrenOf({ spanId }: SeenSpan): SeenSpan[] {
    return this.spans.filter(({ parentId }) => parentId === spanId);
  }

  named(name: string | RegExp): SeenSpan[] {
    return this.spans.filter((span) =>
      typeof name === 'string' ? span.name === name : name.test(span.name),
    );
  }

  /** What is wrong with its shape: more than one beginning, a parent that is missing, somebody who began before he was asked. */
  problems(): string[] {
    const begunBeforeAsked = this.spans.filter(
      (span) => span.start < (this.parentOf(span)?.start ?? -Infinity) - CLOCK_MS,
    );
    const problems = [
      ...(this.roots.length === 1 ? [] : [`${this.roots.length} beginnings`]),
      ...this.orphans.map(({ name }) => `${name} has no parent`),
      ...begunBeforeAsked.map(({ name }) => `${name} began before it was asked`),
      ...this.spans
        .filter(({ start, end }) => end < start)
        .map(({ name }) => `${name} ended before it began`),
    ];
    return problems.length === 0 ? [] : [...problems, this.toString()];
  }

  /** For the messages of failing tests, and for a person. */
  toString(): string {
    const lines = (span: SeenSpan, depth: number): string[] => [
      `${'  '.repeat(depth)}${span.instance} ${span.name} ${(span.end - span.start).toFixed(2)} ms ${JSON.stringify(span.attributes)}`,
      ...this.childrenOf(span)
        .toSorted((a, b) => a.start - b.start)
        .flatMap((child) => lines(child, depth + 1)),
    ];
    return [...this.roots, ...this.orphans].flatMap((span) => lines(span, 0)).join('\n');
  }
}

function seen(span: OtlpSpan, resource: Record<string, Value>): SeenSpan {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentId: span.parentSpanId === CALLER ? '' : (span.parentSpanId ?? ''),
    name: span.name,
    kind: span.kind,
    service: String(resource['service.name']),
    instance: String(resource['service.instance.id']),
    start: Number(span.startTimeUnixNano) / 1e6,
    end: Number(span.endTimeUnixNano) / 1e6,
    attributes: attributesOf(span.attributes ?? []),
    resource,
    failed: span.status?.code === 2,
    links: (span.links ?? []).map(({ traceId }) => traceId),
  };
}

function attributesOf(list: KeyValue[]): Record<string, Value> {
  return Object.fromEntries(
    list.map(({ key, value: { stringValue, intValue, doubleValue, boolValue } }) => [
      key,
      stringValue ?? boolValue ?? Number(intValue ?? doubleValue),
    ]),
  );
}
