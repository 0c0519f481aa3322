export interface MemberSituation {
  /** Number of shards. */
  shards: number;
  /** Members that each shard should have. */
  replicas: number;
  /** Member names by shard, as assigned so far. */
  previous: readonly (readonly string[])[];
  /** Members alive now; their order does not matter. */
  present: readonly string[];
  /** Members gone for less than the grace: they keep their place. */
  expected: readonly string[];
}

/**
 * Assigns members to shards as replicas: `result[shard]` lists member names.
 *
 * A present or returning member keeps its place as long as its shard exists (when `replicas` falls, returning ones go first).
 * The places of members that are gone are filled with spares, the shard with the fewest present members first. No member is on two shards.
 * Pure and stable: assigning again with its own result changes nothing.
 */
export function assignMembers({
  shards,
  replicas,
  previous,
  present,
  expected,
}: MemberSituation): string[][] {
  const alive = new Set(present);
  const eligible = new Set([...present, ...expected]);
  const placed = new Set<string>();

  const result = Array.from({ length: shards }, (_, shard) => {
    const stay = [...new Set(previous[shard])].filter(
      (member) => eligible.has(member) && !placed.has(member),
    );
    const aliveFirst = stay.toSorted((a, b) => Number(alive.has(b)) - Number(alive.has(a)));
    const kept = new Set(aliveFirst.slice(0, replicas));
    kept.forEach((member) => placed.add(member));
    return stay.filter((member) => kept.has(member));
  });

  const spares = [...alive].filter((member) => !placed.has(member)).toSorted();
  const presentIn = (members: string[]) => members.filter((member) => alive.has(member)).length;
  for (const spare of spares) {
    const open = result.filter((members) => members.length < replicas);
    if (open.length === 0) break;
    open.reduce((best, members) => (presentIn(members) < presentIn(best) ? members : best)).push(spare);
  }
  return result;
}
