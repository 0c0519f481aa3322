import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareRanked, TopK, type Ranked } from './search.js';

// Few scores, so that most are ties.
const items = fc.array(
  fc.record({ score: fc.integer({ min: 0, max: 3 }), id: fc.string({ unit: 'binary', maxLength: 3 }) }),
);

function top(limit: number, items: Ranked[]): Ranked[] {
  const top = new TopK(limit);
  for (const item of items) top.add(item);
  return top.sorted();
}

describe('TopK', () => {
  it('keeps what sorting everything would put first, in that order', () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 0, max: 8 }), (items, limit) => {
        expect(top(limit, items)).toEqual(items.toSorted(compareRanked).slice(0, limit));
      }),
    );
  });

  it('keeps the smaller id of equal scores, whichever came first', () => {
    const a = { score: 1, id: 'a' };
    const b = { score: 1, id: 'b' };
    expect(top(1, [a, b])).toEqual([a]);
    expect(top(1, [b, a])).toEqual([a]);
  });

  it('orders ids by UTF-16 code units, not by locale or code point', () => {
    const ids = ['\u{1f41f}', '\uff5a', 'b', 'B', 'a'];
    expect(
      top(
        9,
        ids.map((id) => ({ score: 1, id })),
      ).map(({ id }) => id),
    ).toEqual(['B', 'a', 'b', '\u{1f41f}', '\uff5a']);
  });

  it('accepts exactly what add would keep', () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 0, max: 4 }), fc.nat(3), (items, limit, score) => {
        const top = new TopK<Ranked>(limit);
        for (const item of items) top.add(item);
        const probe = { score, id: 'm' };
        const accepted = top.accepts(probe.score, probe.id);
        top.add(probe);
        expect(top.sorted().includes(probe)).toBe(accepted);
      }),
    );
  });
});
