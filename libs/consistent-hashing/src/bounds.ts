/** How much one node may hold. */
export interface Bounds {
  least: number;
  most: number;
}

/** No node holds more than 1.1 times the average: 64 partitions on 4 shards are 14 to 18 each. */
export const DEFAULT_LOAD_FACTOR = 1.1;

/**
 * Bounds of a node's load when `keys` are spread over `nodes`. `most` is that of consistent hashing with bounded loads:
 * the average times the load factor, rounded up. `least` mirrors it (the average divided by the factor, rounded down), and is
 * at least 1 when there are enough keys, because a node with nothing to do would be a wasted one.
 * @param loadFactor more than 1; the nearer to 1, the better the balance and the more keys move when a node comes or goes
 */
export function boundsOf(keys: number, nodes: number, loadFactor = DEFAULT_LOAD_FACTOR): Bounds {
  if (!(loadFactor > 1)) throw new RangeError(`loadFactor must be more than 1, as 1.1; it is ${loadFactor}`);
  if (nodes < 1) throw new RangeError('there must be at least one node to spread keys over');
  const average = keys / nodes;
  return {
    least: Math.max(keys >= nodes ? 1 : 0, Math.floor(average / loadFactor)),
    most: Math.ceil(average * loadFactor),
  };
}
