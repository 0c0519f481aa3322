import { hash32 } from './hash.js';

/** Limits of one node's load. */
export interface Bounds {
  least: number;
  most: number;
}

/** No node holds more than 1.1 times the average: 64 partitions on 4 shards are 14 to 18 each. */
const DEFAULT_LOAD_FACTOR = 1.1;

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

export interface RingOptions {
  /** Points of each node on the ring; more of them even out the arcs. Default 100. */
  virtualNodes?: number;
  /** A node holds at most this times the average, rounded up. More than 1, default 1.1. */
  loadFactor?: number;
}

interface Point {
  position: number;
  node: string;
}

/**
 * Consistent hashing: nodes and keys are points on one circle of hashes, and a key belongs to the first node found clockwise.
 * A node that comes or goes takes or leaves only the keys of its own arcs.
 * Source: Karger et al., "Consistent Hashing and Random Trees", STOC 1997.
 */
export class HashRing {
  private readonly nodes: string[];
  private readonly points: Point[];
  private readonly loadFactor: number;

  /** @param nodes distinct names; their order does not matter */
  constructor(nodes: string[], { virtualNodes = 100, loadFactor = DEFAULT_LOAD_FACTOR }: RingOptions = {}) {
    if (nodes.length === 0) throw new RangeError('a ring needs at least one node');
    this.nodes = nodes;
    this.loadFactor = loadFactor;
    this.points = nodes
      .flatMap((node) =>
        Array.from({ length: virtualNodes }, (_, copy) => ({ position: hash32(`${node}#${copy}`), node })),
      )
      // Two points on one spot: the name decides, so that every process builds the same ring.
      .toSorted((a, b) => a.position - b.position || (a.node < b.node ? -1 : 1));
  }

  /**
   * The node of each key, in the keys' order, such that no node exceeds its bounds: a key passes by a node that is full.
   * Keys take their places in the order given, so give them in the same order everywhere.
   * Source: Mirrokni, Thorup, Zadimoghaddam, "Consistent Hashing with Bounded Loads", 2016. The lower bound is an addition: a
   * key also passes by a node that could do without it once all keys left are needed by nodes below their least.
   */
  assign(keys: string[]): string[] {
    const { least, most } = boundsOf(keys.length, this.nodes.length, this.loadFactor);
    const load = new Map(this.nodes.map((node) => [node, 0]));
    let missing = least * this.nodes.length;
    return keys.map((key, done) => {
      const spare = keys.length - done - missing;
      for (const node of this.clockwise(key)) {
        const held = load.get(node)!;
        if (held >= most || (held >= least && spare === 0)) continue;
        if (held < least) missing--;
        load.set(node, held + 1);
        return node;
      }
      throw new Error('no node has room: the bounds leave room for every key, so the ring is damaged');
    });
  }

  private *clockwise(key: string): Generator<string, undefined> {
    const start = this.firstAtOrAfter(hash32(key));
    for (let step = 0; step < this.points.length; step++) {
      yield this.points[(start + step) % this.points.length]!.node;
    }
  }

  private firstAtOrAfter(position: number): number {
    let low = 0;
    let high = this.points.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.points[middle]!.position < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
