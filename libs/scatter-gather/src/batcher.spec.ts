import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TurnBatcher } from './batcher.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a turn batcher', () => {
  it('hands over what was added in one turn together, and later things later', async () => {
    const batches: number[][] = [];
    const batcher = new TurnBatcher<number>(
      (items) => batches.push(items),
      10,
      () => 1,
    );
    batcher.add(1);
    batcher.add(2);
    expect(batches).toEqual([]);
    await turn();
    batcher.add(3);
    await turn();
    expect(batches).toEqual([[1, 2], [3]]);
  });

  it('keeps every item, in order, in batches within the weight or of one item', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(20), { minLength: 1 }),
        fc.integer({ min: 1, max: 30 }),
        async (items, max) => {
          const batches: number[][] = [];
          const batcher = new TurnBatcher<number>(
            (batch) => batches.push(batch),
            max,
            (weight) => weight,
          );
          for (const item of items) batcher.add(item);
          await turn();
          expect(batches.flat()).toEqual(items);
          const weights = batches.map((batch) => batch.reduce((sum, weight) => sum + weight, 0));
          weights.forEach((weight, at) => expect(weight <= max || batches[at]?.length === 1).toBe(true));
        },
      ),
    );
  });
});
