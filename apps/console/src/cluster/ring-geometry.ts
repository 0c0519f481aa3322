/** A fraction of a partition's angle that stays empty, so that neighbours can be told apart. */
const GAP = 0.14;

/** The owner of each partition; -1 for one that nobody holds. Index = partition. */
export function owners(shards: readonly { shard: number; partitions: readonly number[] }[]): number[] {
  const partitions = shards.flatMap((shard) => shard.partitions);
  const all = Array<number>(partitions.length === 0 ? 0 : Math.max(...partitions) + 1).fill(-1);
  for (const { shard, partitions } of shards) for (const partition of partitions) all[partition] = shard;
  return all;
}

/**
 * SVG path of one of `count` equal pieces of a ring around (0, 0), clockwise from the top.
 * @param inner radius of its hole
 * @param outer radius of the ring
 */
export function ringPiece(at: number, count: number, inner: number, outer: number): string {
  const turn = (2 * Math.PI) / count;
  const from = turn * (at + GAP / 2);
  const to = turn * (at + 1 - GAP / 2);
  const large = to - from > Math.PI ? 1 : 0;
  return (
    `M${point(outer, from)}A${outer} ${outer} 0 ${large} 1 ${point(outer, to)}` +
    `L${point(inner, to)}A${inner} ${inner} 0 ${large} 0 ${point(inner, from)}Z`
  );
}

function point(radius: number, angle: number): string {
  return `${(radius * Math.sin(angle)).toFixed(2)} ${(-radius * Math.cos(angle)).toFixed(2)}`;
}
