import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMMIT_BYTES, COMMIT_RECORDS, commitGroups } from './commit-groups.js';

const LINE = Buffer.alloc(COMMIT_BYTES / 100, 'x');

function message(lines: number, large = false) {
  const line = large ? LINE : Buffer.from('put');
  return {
    payload: Buffer.concat(
      Array.from({ length: lines }, (_, i) => (i ? Buffer.concat([Buffer.from('\n'), line]) : line)),
    ),
  };
}

function linesOf(group: { payload: Uint8Array }[]): number {
  return group.reduce((sum, { payload }) => sum + Buffer.from(payload).toString().split('\n').length, 0);
}

describe('commitGroups', () => {
  it('keeps every message, whole and in order, and each commit of several messages within both bounds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ lines: fc.integer({ min: 1, max: COMMIT_RECORDS }), large: fc.boolean() }), {
          maxLength: 12,
        }),
        (shapes) => {
          const messages = shapes.map(({ lines, large }) =>
            message(large ? Math.min(lines, 120) : lines, large),
          );
          const groups = [...commitGroups(messages)];
          expect(groups.flat()).toEqual(messages);
          for (const group of groups.filter(({ length }) => length > 1)) {
            expect(linesOf(group)).toBeLessThanOrEqual(COMMIT_RECORDS);
            expect(group.reduce((sum, { payload }) => sum + payload.length, 0)).toBeLessThanOrEqual(
              COMMIT_BYTES,
            );
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('fills a commit before it begins the next', () => {
    const messages = Array.from({ length: COMMIT_RECORDS + 1 }, () => message(1));
    expect([...commitGroups(messages)].map(({ length }) => length)).toEqual([COMMIT_RECORDS, 1]);
  });

  it('gives a message that is too large for company a commit of its own', () => {
    const groups = [...commitGroups([message(1), message(110, true), message(1)])];
    expect(groups.map(({ length }) => length)).toEqual([1, 1, 1]);
  });
});
