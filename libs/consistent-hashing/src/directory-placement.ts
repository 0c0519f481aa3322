import { boundsOf } from './bounds.js';
import type { Placement } from './placement.js';

/**
 * An explicit table. The one in force is the start; only what must move does: partitions of shards that are gone, those
 * above a shard's upper bound, and as many as bring every shard to its lower bound. Without a table: dealt out in turn.
 */
export function directoryPlacement(loadFactor?: number): Placement {
  return {
    kind: 'directory',
    assign(partitions, shards, previous = []) {
      const { least, most } = boundsOf(partitions, shards, loadFactor);
      const held: number[][] = Array.from({ length: shards }, () => []);
      const homeless: number[] = [];
      for (let partition = 0; partition < partitions; partition++) {
        const home = held[previous[partition] ?? shards];
        if (home && home.length < most) home.push(partition);
        else homeless.push(partition);
      }
      for (const partition of homeless) lightest(held).push(partition);
      while (lightest(held).length < least) lightest(held).push(heaviest(held).pop()!);

      const table = Array.from({ length: partitions }, () => 0);
      held.forEach((mine, shard) => mine.forEach((partition) => (table[partition] = shard)));
      return table;
    },
  };
}

const lightest = (held: number[][]) => held.reduce((best, mine) => (mine.length < best.length ? mine : best));
const heaviest = (held: number[][]) => held.reduce((best, mine) => (mine.length > best.length ? mine : best));
