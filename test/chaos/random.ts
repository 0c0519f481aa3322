import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Chance that a seed determines: the same seed draws the same numbers, on every machine. */
export class Random {
  private readonly generator;

  constructor(seed: number) {
    this.generator = xoroshiro128plus(seed);
  }

  /** A whole number from `min` to `max`, both included. */
  whole(min: number, max: number): number {
    return uniformInt(this.generator, Math.round(min), Math.round(max));
  }

  /** True in `percent` of a hundred cases. */
  chance(percent: number): boolean {
    return this.whole(1, 100) <= percent;
  }

  /** @throws RangeError for an empty list */
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError('there is nothing to pick from');
    return list[this.whole(0, list.length - 1)]!;
  }

  /** Draws a key as often as its weight says. */
  weighted<K extends string>(weights: Record<K, number>): K {
    const keys = Object.keys(weights) as K[];
    let left = this.whole(
      1,
      keys.reduce((sum, key) => sum + weights[key], 0),
    );
    return keys.find((key) => (left -= weights[key]) <= 0)!;
  }
}
