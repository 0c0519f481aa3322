/** Gains by query and document: what people judged. */
export type Judgements = ReadonlyMap<string, ReadonlyMap<string, number>>;

/**
 * nDCG@k of one ranking: gain / log2(rank + 1) summed over the first k, relative to the best order there is
 * (Järvelin and Kekäläinen, *Cumulated gain-based evaluation of IR techniques*, 2002; linear gain, as trec_eval has it).
 * @param ranking document ids, best first
 * @param gains gain of each judged document of the query; at least one is more than 0
 */
export function ndcg(ranking: readonly string[], gains: ReadonlyMap<string, number>, k = 10): number {
  const ideal = [...gains.values()].toSorted((a, b) => b - a);
  return (
    discounted(
      ranking.map((id) => gains.get(id) ?? 0),
      k,
    ) / discounted(ideal, k)
  );
}

function discounted(gains: readonly number[], k: number): number {
  return gains.slice(0, k).reduce((sum, gain, index) => sum + gain / Math.log2(index + 2), 0);
}
