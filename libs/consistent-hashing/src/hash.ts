import farmhash from 'farmhash';

/**
 * FarmHash's 32-bit fingerprint of a text's UTF-8 bytes: a whole number from 0 to 2^32 - 1.
 * Fingerprints, unlike FarmHash's plain hashes, are the same on every platform and in every release.
 */
export function hash32(text: string): number {
  return farmhash.fingerprint32(text);
}

/**
 * The partition that holds a routing key. It never changes while `partitions` stays the same, whatever the shards do.
 * @param partitions number of partitions, at least 1
 */
export function partitionOf(routingKey: string, partitions: number): number {
  return hash32(routingKey) % partitions;
}
