import { SpanStatusCode } from '@opentelemetry/api';
import { beforeEach, describe, expect, it } from 'vitest';
import { recordSpans } from '../../../test/cluster/recorded-spans.js';
import { activeSpan, SpanKind, startSpan, traceparentOf, withSpan } from './spans.js';

const TRACE = '1'.repeat(32);
const caller = (flags: string) => `00-${TRACE}-${'2'.repeat(16)}-${flags}`;
const start = { kind: SpanKind.SERVER };
const ended = recordSpans();
beforeEach(() => void (ended.length = 0));

describe('startSpan', () => {
  it('continues the trace of a sampled caller', () => {
    startSpan('search', caller('01'), start).end();
    expect(ended).toMatchObject([{ name: 'search', parentSpanContext: { traceId: TRACE } }]);
  });

  it('records nothing for an unsampled caller, and has ids of its trace', () => {
    const span = startSpan('search', caller('00'), start);
    span.end();
    expect(ended).toEqual([]);
    expect(traceparentOf(span)).toMatch(new RegExp(`^00-${TRACE}-(?!2{16})[0-9a-f]{16}-00$`));
  });
});

const fail = () => {
  throw new RangeError('full');
};

describe('withSpan', () => {
  it('ends the span with the task and returns its result', () => {
    const result = withSpan('index', caller('01'), start, (span) => {
      expect(activeSpan()).toBe(span);
      expect(ended).toEqual([]);
      return 7;
    });
    expect(result).toBe(7);
    expect(ended).toMatchObject([{ name: 'index', status: { code: SpanStatusCode.UNSET } }]);
  });

  it('ends the span when the promise of the task is fulfilled', async () => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const result = withSpan('publish', caller('01'), start, () => promise);
    expect(ended).toEqual([]);
    resolve(7);
    expect(await result).toBe(7);
    expect(ended).toHaveLength(1);
  });

  it('fails the span with an error that the task throws', async () => {
    expect(() => withSpan('index', caller('01'), start, fail)).toThrow('full');
    await expect(withSpan('publish', caller('01'), start, async () => fail())).rejects.toThrow('full');
    const failed = { status: { code: SpanStatusCode.ERROR }, attributes: { 'error.type': 'RangeError' } };
    expect(ended).toMatchObject([failed, failed]);
  });
});
