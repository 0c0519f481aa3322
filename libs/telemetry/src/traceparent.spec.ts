import { describe, expect, it } from 'vitest';
import { formatTraceparent, newIds, parseTraceparent, traceIdOf } from './traceparent.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

describe('traceparent', () => {
  it('reads the example of the specification', () => {
    expect(parseTraceparent(`00-${TRACE}-${PARENT}-01`)).toEqual({
      traceId: TRACE,
      parentId: PARENT,
      sampled: true,
    });
  });

  it('reads the sampled bit and no other', () => {
    expect(parseTraceparent(`00-${TRACE}-${PARENT}-00`)?.sampled).toBe(false);
    expect(parseTraceparent(`00-${TRACE}-${PARENT}-02`)?.sampled).toBe(false);
    expect(parseTraceparent(`00-${TRACE}-${PARENT}-03`)?.sampled).toBe(true);
  });

  it('reads a later version that carries more', () => {
    expect(parseTraceparent(`cc-${TRACE}-${PARENT}-01-what-the-future-will-be`)?.traceId).toBe(TRACE);
  });

  it.each([
    ['nothing', undefined],
    ['empty text', ''],
    ['version ff', `ff-${TRACE}-${PARENT}-01`],
    ['version 00 with more', `00-${TRACE}-${PARENT}-01-x`],
    ['a later version with more but no dash', `cc-${TRACE}-${PARENT}-01x`],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${PARENT}-01`],
    ['a parent id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['upper case', `00-${TRACE.toUpperCase()}-${PARENT}-01`],
    ['a short trace id', `00-${TRACE.slice(1)}-${PARENT}-01`],
    ['a letter that is no hex digit', `00-${TRACE.replace('4', 'g')}-${PARENT}-01`],
    ['a line feed at the end', `00-${TRACE}-${PARENT}-01\n`],
  ])('rejects %s', (_, header) => {
    expect(parseTraceparent(header)).toBeNull();
  });

  it('makes valid and distinct ids, also past the end of the random pool', () => {
    const made = Array.from({ length: 1000 }, newIds);
    const parsed = made.map(({ traceId, spanId }) => parseTraceparent(formatTraceparent(traceId, spanId, 0)));
    expect(parsed).toEqual(
      made.map(({ traceId, spanId }) => ({ traceId, parentId: spanId, sampled: false })),
    );
    expect(new Set(made.map(({ traceId }) => traceId)).size).toBe(1000);
    expect(new Set(made.map(({ spanId }) => spanId)).size).toBe(1000);
  });

  it('takes the trace id out of a header', () => {
    expect(traceIdOf(formatTraceparent(TRACE, PARENT, 1))).toBe(TRACE);
  });

  it('writes the sampled bit', () => {
    expect(formatTraceparent(TRACE, PARENT, 1)).toBe(`00-${TRACE}-${PARENT}-01`);
  });
});
