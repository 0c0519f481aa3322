import { signal } from '@preact/signals';
import type { ClusterView } from '@shoal/contracts';
import { formatNoun } from '../shared/format.js';
import { shardHue } from '../shared/shard-chip.js';

/** Shard under the pointer; the ring emphasises its partitions. */
const hoveredShard = signal<number | undefined>(undefined);

/** Returns the event handlers that emphasise a shard while the pointer is on the element. */
export const emphasise = (shard: number) => ({
  onPointerEnter: () => {
    hoveredShard.value = shard;
  },
  onPointerLeave: () => {
    hoveredShard.value = undefined;
  },
});

/** All partitions in a ring, each in the colour of its shard. */
export function PartitionRing({ shards }: { shards: ClusterView['shards'] }) {
  const assigned = shardByPartition(shards);
  const count = assigned.filter((shard) => shard >= 0).length;
  const hovered = hoveredShard.value;
  const shown = shards.find(({ shard }) => shard === hovered);
  const perShard = shards
    .map(({ shard, partitions }) => `shard ${shard} has ${partitions.length}`)
    .join(', ');
  return (
    <figure class="ring">
      <svg
        viewBox="-100 -100 200 200"
        role="img"
        aria-label={`${formatNoun(count, 'partition')}: ${perShard}`}
      >
        {assigned.map((shard, partition) => (
          <path
            key={partition}
            d={ringPiece(partition, assigned.length, 66, shard === hovered ? 98 : 92)}
            class={shard < 0 ? 'unassigned' : hovered === undefined || hovered === shard ? '' : 'aside'}
            style={shardHue(shard)}
            {...emphasise(shard)}
          >
            <title>
              partition {partition}: {shard < 0 ? 'unassigned' : `shard ${shard}`}
            </title>
          </path>
        ))}
        <text y="-2" class="ring-count">
          {shown ? shown.partitions.length : count}
        </text>
        <text y="17" class="ring-label">
          {shown ? `of shard ${shown.shard}` : 'partitions'}
        </text>
      </svg>
      <figcaption>
        The hash of its id or routing key assigns a document to a partition. Each colour is a shard.
      </figcaption>
    </figure>
  );
}

/** Returns the shard of each partition, or -1 for an unassigned one. Index = partition. */
export function shardByPartition(
  shards: readonly { shard: number; partitions: readonly number[] }[],
): number[] {
  const partitions = shards.flatMap((shard) => shard.partitions);
  const all = Array<number>(partitions.length === 0 ? 0 : Math.max(...partitions) + 1).fill(-1);
  for (const { shard, partitions } of shards) for (const partition of partitions) all[partition] = shard;
  return all;
}

/** Fraction of a partition's angle that stays empty, to separate neighbours. */
const GAP = 0.14;

/**
 * Returns the SVG path of one of `count` equal pieces of a ring around (0, 0), clockwise from the top.
 * @param inner radius of the hole
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
