import type { SearchAnswer } from '@shoal/contracts';

/** The shard where this replica was asked first and a hedge answered in its place; a busy machine may have hedged others too. */
export function rescuedFrom(replica: string, { profile }: SearchAnswer): number | undefined {
  return profile?.shards.find(({ hedged, attempts }) => hedged && attempts?.[0]?.replica === replica)?.shard;
}
