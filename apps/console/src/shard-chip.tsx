import { Link } from './link.js';
import { shardHue } from './shard-colour.js';

/** A shard's number in its colour; leads to the shard in the cluster view. */
export function ShardChip({ shard }: { shard: number }) {
  return (
    <Link href={`/cluster#shard-${shard}`} class="shard-chip" label={`Shard ${shard} in the cluster view`}>
      <span class="swatch" style={shardHue(shard)} aria-hidden="true" /> shard {shard}
    </Link>
  );
}

/** A shard's number on its colour. */
export function ShardNumber({ shard }: { shard: number }) {
  return (
    <span class="shard-number" style={shardHue(shard)}>
      {shard}
    </span>
  );
}
