/** Each next hue lies a golden angle further on, so that any number of shards stays as far apart as can be. */
const GOLDEN_ANGLE = 137.508;
const FIRST_HUE = 215;

/** Style that gives an element its shard's hue; lightness and chroma belong to the theme (styles/tokens.css). */
export function shardHue(shard: number): { '--hue': string } {
  return { '--hue': ((FIRST_HUE + shard * GOLDEN_ANGLE) % 360).toFixed(1) };
}
