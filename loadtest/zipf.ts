/**
 * Draws ranks from 0 to `count - 1` by Zipf's law: the rank r comes in proportion to 1 / (r + 1).
 * @returns takes a number from 0 to below 1, all equally likely, to a rank
 */
export function zipf(count: number): (chance: number) => number {
  const sums: number[] = [];
  for (let rank = 0; rank < count; rank++) sums.push((sums[rank - 1] ?? 0) + 1 / (rank + 1));
  return (chance) => firstAbove(sums, chance * (sums.at(-1) ?? 0));
}

/** The place of the first number that is greater than `limit`, among numbers that rise. */
function firstAbove(rising: readonly number[], limit: number): number {
  let low = 0;
  let high = rising.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle]! > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}
