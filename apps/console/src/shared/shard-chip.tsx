import { Link } from './router.js';

/** Hue step between shards: the golden angle keeps any number of hues far apart. */
const GOLDEN_ANGLE = 137.508;
const FIRST_HUE = 215;

/** Returns the style that sets a shard's hue; the theme sets lightness and chroma (styles/tokens.css). */
export function shardHue(shard: number): { '--hue': string } {
  return { '--hue': ((FIRST_HUE + shard * GOLDEN_ANGLE) % 360).toFixed(1) };
}

/** A shard's number beside a swatch of its colour, linked to the shard on the cluster page. */
export function ShardChip({ shard }: { shard: number }) {
  return (
    <Link href={`/cluster#shard-${shard}`} class="shard-chip" label={`Shard ${shard} on the cluster page`}>
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
