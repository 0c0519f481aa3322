import { analyze } from './analyzer.js';

/** What ranking must know of the whole corpus. */
export interface CorpusStatistics {
  readonly documents: number;
  /** Terms in all documents, repeats counted. */
  readonly totalLength: number;
  /** In how many documents the term stands. */
  documentFrequency(term: string): number;
}

/** A query that carries all it needs to be ranked, so that any index scores it alike. */
export interface WeighedQuery {
  /** Each term once, in the query's order: the order in which scores are summed. */
  terms: [term: string, weight: number][];
  /** Terms per document; never 0. */
  averageLength: number;
}

/**
 * Inverse document frequency as Lucene has it: never negative, also for a term that most documents hold.
 * Robertson and Zaragoza, *The Probabilistic Relevance Framework: BM25 and Beyond* (2009), with Lucene's `1 +`.
 */
export function idf(documents: number, documentFrequency: number): number {
  return Math.log(1 + (documents - documentFrequency + 0.5) / (documentFrequency + 0.5));
}

/** Analyses a query and weighs each of its terms: idf times how often the query says it. */
export function weighQuery(q: string, statistics: CorpusStatistics): WeighedQuery {
  const counts = new Map<string, number>();
  for (const term of analyze(q)) counts.set(term, (counts.get(term) ?? 0) + 1);
  return {
    terms: Array.from(counts, ([term, count]) => [
      term,
      count * idf(statistics.documents, statistics.documentFrequency(term)),
    ]),
    averageLength: statistics.totalLength / statistics.documents || 1,
  };
}
