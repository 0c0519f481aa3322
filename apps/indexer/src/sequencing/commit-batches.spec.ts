import fc from 'fast-check';
import type { IntakeWrite } from '@shoal/contracts';
import { describe, expect, it } from 'vitest';
import { MAX_COMMIT_BYTES, MAX_COMMIT_RECORDS, commitBatches } from './commit-batches.js';

const LARGE = MAX_COMMIT_BYTES / 100;

const put = (key: string): IntakeWrite => ({ op: 'put', partition: 0, key, document: '{}' });

let keys = 0;
/** A message about documents that no other message is about. */
function message(writes: number, bytesEach = 10) {
  return {
    payload: new Uint8Array(writes * bytesEach),
    writes: Array.from({ length: writes }, () => put(`k${keys++}`)),
  };
}

const about = (...names: string[]) => ({ payload: new Uint8Array(10), writes: names.map(put) });
const nobodyMoves = () => false;
const moves = ({ key }: IntakeWrite) => key.startsWith('mover');

describe('commitGroups', () => {
  it('keeps every message, whole and in order, and each commit of several messages within both bounds', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ writes: fc.integer({ min: 1, max: MAX_COMMIT_RECORDS }), large: fc.boolean() }),
          {
            maxLength: 12,
          },
        ),
        (shapes) => {
          const messages = shapes.map(({ writes, large }) =>
            large ? message(Math.min(writes, 120), LARGE) : message(writes),
          );
          const groups = [...commitBatches(messages, nobodyMoves)];
          expect(groups.flat()).toEqual(messages);
          for (const group of groups.filter(({ length }) => length > 1)) {
            expect(group.flatMap(({ writes }) => writes).length).toBeLessThanOrEqual(MAX_COMMIT_RECORDS);
            expect(group.reduce((sum, { payload }) => sum + payload.length, 0)).toBeLessThanOrEqual(
              MAX_COMMIT_BYTES,
            );
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('fills a commit before it begins the next', () => {
    const messages = Array.from({ length: MAX_COMMIT_RECORDS + 1 }, () => message(1));
    expect([...commitBatches(messages, nobodyMoves)].map(({ length }) => length)).toEqual([
      MAX_COMMIT_RECORDS,
      1,
    ]);
  });

  it('gives a message that is too large for company a commit of its own', () => {
    const groups = [...commitBatches([message(1), message(110, LARGE), message(1)], nobodyMoves)];
    expect(groups.map(({ length }) => length)).toEqual([1, 1, 1]);
  });

  it('puts a later message about a document that may move into a later commit', () => {
    const messages = fc.array(
      fc
        .uniqueArray(fc.constantFrom('mover-1', 'mover-2', 'stays-1', 'stays-2'), { minLength: 1 })
        .map((names) => about(...names)),
    );
    fc.assert(
      fc.property(messages, (all) => {
        const groups = [...commitBatches(all, moves)];
        expect(groups.flat()).toEqual(all);
        for (const group of groups) {
          const movers = group.flatMap(({ writes }) => writes.filter(moves).map(({ key }) => key));
          expect(new Set(movers).size).toBe(movers.length);
        }
      }),
    );
  });

  it('does not divide for a document that stays where it is', () => {
    const messages = Array.from({ length: 9 }, () => about('stays-1'));
    expect([...commitBatches(messages, moves)]).toEqual([messages]);
  });
});
