import { describe, expect, it } from 'vitest';
import { listWithRoom, withRoomForOne } from './small-list.js';

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
