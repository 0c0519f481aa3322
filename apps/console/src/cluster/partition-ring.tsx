import type { ClusterView } from '@shoal/contracts';
import { formatNoun } from '../format.js';
import { shardHue } from '../shard-colour.js';
import { point, pointedShard } from './highlight-shard.js';
import { owners, ringPiece } from './ring-geometry.js';

/** All partitions in a ring, each in the colour of the shard that answers for it. */
export function PartitionRing({ shards }: { shards: ClusterView['shards'] }) {
  const owner = owners(shards);
  const held = owner.filter((shard) => shard >= 0).length;
  const pointed = pointedShard.value;
  const shown = shards.find(({ shard }) => shard === pointed);
  const spoken = shards
    .map(({ shard, partitions }) => `shard ${shard} holds ${partitions.length}`)
    .join(', ');
  return (
    <figure class="ring">
      <svg viewBox="-100 -100 200 200" role="img" aria-label={`${formatNoun(held, 'partition')}: ${spoken}`}>
        {owner.map((shard, partition) => (
          <path
            key={partition}
            d={ringPiece(partition, owner.length, 66, shard === pointed ? 98 : 92)}
            class={shard < 0 ? 'unowned' : pointed === undefined || pointed === shard ? '' : 'aside'}
            style={shardHue(shard)}
            {...point(shard)}
          >
            <title>
              partition {partition}: {shard < 0 ? 'nobody' : `shard ${shard}`}
            </title>
          </path>
        ))}
        <text y="-2" class="ring-count">
          {shown ? shown.partitions.length : held}
        </text>
        <text y="17" class="ring-label">
          {shown ? `of shard ${shown.shard}` : 'partitions'}
        </text>
      </svg>
      <figcaption>
        A document lies in one partition, by the hash of its id or routing key. A colour is a shard.
      </figcaption>
    </figure>
  );
}
