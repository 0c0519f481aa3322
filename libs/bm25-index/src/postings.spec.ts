import { describe, expect, it } from 'vitest';
import { LAST_SLOT, listWithRoom, Postings, withRoomForOne } from './postings.js';

describe('Postings', () => {
  it('has the term frequency as the slot, the commonest one first', () => {
    const postings = new Postings();
    postings.add(0, 'dog');
    postings.add(1, 'dog dog cat');
    expect(postings.slots('dog')).toEqual([[0], [1]]);
    expect(postings.slots('cat')).toEqual([[1]]);
    expect(postings.slots('cow')).toBeUndefined();
  });

  it('keeps frequencies beyond the last slot exact, in few slots', () => {
    const postings = new Postings();
    for (const [document, times] of [31, 32, 5000].entries()) postings.add(document, 'dog '.repeat(times));
    expect(postings.slots('dog')).toHaveLength(LAST_SLOT + 1);
    expect(postings.slots('dog')![LAST_SLOT]).toEqual([1, 2]);
    expect([...postings.highFrequencies('dog')!]).toEqual([
      [1, 32],
      [2, 5000],
    ]);
  });

  it('drops documents, terms and slots that nothing is left of when it is renumbered', () => {
    const postings = new Postings();
    postings.add(0, 'cat');
    postings.add(1, 'dog '.repeat(40));
    postings.add(2, 'dog');
    expect([...postings.renumbered(Int32Array.of(-1, -1, 0)).terms()]).toEqual(['dog']);
    expect(postings.renumbered(Int32Array.of(-1, -1, 0)).slots('dog')).toEqual([[0]]);
    expect(
      postings
        .renumbered(Int32Array.of(-1, 0, 1))
        .highFrequencies('dog')
        ?.get(0),
    ).toBe(40);
  });
});

describe('a small list', () => {
  it('holds what was appended, in order, however long it grows', () => {
    let list = listWithRoom();
    for (let n = 0; n < 1_000; n++) {
      list = withRoomForOne(list);
      list.push(n);
      expect(list).toHaveLength(n + 1);
    }
    expect(list).toEqual(Array.from({ length: 1_000 }, (_, n) => n));
  });

  it('gives a list of any length room without changing it', () => {
    for (let length = 1; length < 300; length++) {
      const list = Array.from({ length }, (_, n) => n);
      expect(withRoomForOne(list)).toEqual(list);
    }
  });
});
