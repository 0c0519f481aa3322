import { Injectable } from '@nestjs/common';
import { weighQuery } from '@shoal/bm25-index';
import { partitionOf } from '@shoal/consistent-hashing';
import { NO_SHARD_ANSWERED, type RootSearch, type ShardSearch, type Topology } from '@shoal/contracts';
import { ClusterService } from '@shoal/runtime';
import { coverageOf } from '@shoal/scatter-gather';
import { SilentShards } from './silent-shards.js';
import { bytesOf, fetchDocuments, markTimedOut, MAX_PAGE_BYTES } from './fetch-documents.js';
import { mergePage, serializePage } from './merge.js';
import {
  answerOf,
  NO_TOPOLOGY,
  pageTooLarge,
  profileOf,
  profileWithAttempts,
  unavailable,
  type AnswerWithHits,
} from './root-answer.js';
import { ShardClient } from './shard-client.js';
import { TermStatisticsService } from './term-statistics.service.js';
import { recordMissingShards } from './traced-requests.js';

/** Searches all shards, or with `routing` the shard that holds the partition of the routing key. */
@Injectable()
export class SearchService {
  constructor(
    private readonly cluster: ClusterService,
    private readonly shards: ShardClient,
    private readonly statistics: TermStatisticsService,
    private readonly silentShards: SilentShards,
  ) {}

  /**
   * Answers a search in five steps:
   * 1. Weigh the query's terms with the corpus-wide term statistics.
   * 2. Scatter the query to one replica of every shard, and gather their best hits.
   * 3. Merge the hits into one page.
   * 4. Fetch the documents of the page that did not fit into the replies.
   * 5. Build the answer: hits, coverage and profile.
   * @param budgetMs time for steps 1 to 4, in ms
   * @param arrivedAt arrival of the request at this root, by `performance.now()`
   */
  async search(request: RootSearch, budgetMs: number, arrivedAt: number): Promise<AnswerWithHits> {
    const deadline = performance.now() + budgetMs;
    const { topology } = this.cluster;
    // Read before the scatter: a newer version may arrive meanwhile.
    const { version: statisticsVersion } = this.statistics;
    if (!topology) return unavailable(NO_TOPOLOGY, { statisticsVersion });
    const documentsIn = (shard: number) => this.documentsIn(shard, topology);

    // 1. Weigh the query.
    const query = this.weigh(request, topology);

    // 2. Scatter to one replica of every shard.
    const gathered = await this.shards.gather(partsOf(query, topology), budgetMs);
    const searched = this.silentShards.hide(gathered, documentsIn);

    // 3. Merge.
    const merged = mergePage(searched, request.from, request.size);

    // 4. Fetch documents.
    const { page, fetches } = await fetchDocuments(this.shards, merged, query, deadline - performance.now());
    const outcomes = markTimedOut(searched, fetches);
    recordMissingShards(outcomes);

    // 5. Build the answer.
    const coverage = coverageOf(outcomes, ({ result }) => result.searched, documentsIn);
    const basis = { coverage, epoch: topology.epoch, statisticsVersion };
    if (coverage.shards.answered === 0) return unavailable(NO_SHARD_ANSWERED, basis);
    const bytes = bytesOf(page);
    if (bytes > MAX_PAGE_BYTES) return pageTooLarge(bytes, basis);
    return answerOf(serializePage(page), basis, {
      total: outcomes.reduce((sum, { result }) => sum + (result?.result.total ?? 0), 0),
      shards: outcomes.map((outcome) =>
        request.profile ? profileWithAttempts(outcome, fetches, arrivedAt) : profileOf(outcome),
      ),
    });
  }

  private weigh(
    { q, operator, from, size, routing, traceparent }: RootSearch,
    { epoch, partitions }: Topology,
  ): ShardSearch {
    return {
      kind: 'search',
      ...weighQuery(q, this.statistics),
      operator,
      limit: from + size,
      epoch,
      ...(routing === undefined
        ? {}
        : { routing: { key: routing, partition: partitionOf(routing, partitions) } }),
      traceparent,
    };
  }

  /** Returns the number of documents in a shard by the statistics, whether the shard answers or not. */
  private documentsIn(shard: number, { shards }: Topology): number {
    return shards[shard]!.partitions.reduce(
      (sum, partition) => sum + this.statistics.documentsIn(partition),
      0,
    );
  }
}

/** Returns one part per shard; with routing only for the shard that holds the partition. */
function partsOf(query: ShardSearch, { shards }: Topology): { target: number; query: ShardSearch }[] {
  const { routing } = query;
  const parts = shards.map((_, target) => ({ target, query }));
  return routing
    ? parts.filter(({ target }) => shards[target]!.partitions.includes(routing.partition))
    : parts;
}
