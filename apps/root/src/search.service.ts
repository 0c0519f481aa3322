import { Injectable } from '@nestjs/common';
import { weighQuery } from '@shoal/bm25-index';
import { partitionOf } from '@shoal/consistent-hashing';
import {
  NO_SHARD_ANSWERED,
  type Coverage,
  type RootAnswer,
  type RootSearch,
  type ShardSearch,
  type Topology,
} from '@shoal/contracts';
import { coverageOf } from '@shoal/scatter-gather';
import { ClusterService } from '@shoal/runtime';
import { SilentShards } from './faults/silent-shards.js';
import { mergePage, serializeHit } from './merge.js';
import { recordMissingShards } from './missing-shards.js';
import { bytesOf, fetchDocuments, MAX_PAGE, silentOf } from './fetch-documents.js';
import { profileOf, withAttempts } from './profile.js';
import { ShardClient, type ShardOutcome } from './shard-client.js';
import { TermStatisticsService } from './term-statistics.service.js';

/** An answer and its hits as a JSON array that is passed on unparsed. */
export interface Answered {
  answer: RootAnswer;
  hits: string;
}

/** Searches all shards, or with `routing` the one that holds its partition. */
@Injectable()
export class SearchService {
  constructor(
    private readonly cluster: ClusterService,
    private readonly shards: ShardClient,
    private readonly statistics: TermStatisticsService,
    private readonly silentShards: SilentShards,
  ) {}

  /**
   * @param budgetMs what is left for asking the shards
   * @param arrivedAt when the request came, by `performance.now()`
   */
  async search(request: RootSearch, budgetMs: number, arrivedAt: number): Promise<Answered> {
    const began = performance.now();
    const topology = this.cluster.topology;
    if (!topology) return this.unavailable('no topology yet: the cluster is still starting');
    // The one that the query is about to be weighed with; a newer one may come while the shards are asked.
    const { version } = this.statistics;
    const query = this.query(request, topology);
    const gathered = await this.shards.gather(
      this.targets(query, topology).map((shard) => ({ shard, query })),
      budgetMs,
    );
    const outcomes = this.silentShards.hide(gathered, (shard) => this.documentsIn(shard, topology));
    const page = mergePage(outcomes, request.from, request.size);
    const fetched = await fetchDocuments(this.shards, page, query, budgetMs - (performance.now() - began));
    const silent = silentOf(fetched);
    for (const outcome of outcomes) if (silent.has(outcome.target)) markTimedOut(outcome);
    recordMissingShards(outcomes);

    const coverage = this.coverage(outcomes, topology);
    if (coverage.shards.answered === 0) {
      return this.unavailable(NO_SHARD_ANSWERED, coverage);
    }
    const size = bytesOf(page);
    if (size > MAX_PAGE) return this.tooLarge(size, coverage);
    const found = page.filter(({ document }) => document !== undefined);
    const hits = `[${found.map(serializeHit).join(',')}]`;
    const answer: RootAnswer = {
      status: 200,
      total: outcomes.reduce((sum, { result }) => sum + (result?.result.total ?? 0), 0),
      coverage,
      statisticsVersion: version,
      epoch: topology.epoch,
      rootMs: 0,
      shards: outcomes.map((outcome) =>
        request.profile ? withAttempts(outcome, fetched, arrivedAt) : profileOf(outcome),
      ),
    };
    return { answer, hits };
  }

  private query(
    { q, operator, from, size, routing, traceparent }: RootSearch,
    topology: Topology,
  ): ShardSearch {
    return {
      kind: 'search',
      ...weighQuery(q, this.statistics),
      operator,
      limit: from + size,
      epoch: topology.epoch,
      ...(routing === undefined
        ? {}
        : { routing: { key: routing, partition: partitionOf(routing, topology.partitions) } }),
      traceparent,
    };
  }

  private targets({ routing }: ShardSearch, { shards }: Topology): number[] {
    const all = shards.map((_, shard) => shard);
    return routing ? all.filter((shard) => shards[shard]!.partitions.includes(routing.partition)) : all;
  }

  private coverage(outcomes: ShardOutcome[], topology: Topology): Coverage {
    return coverageOf(
      outcomes,
      ({ result }) => result.searched,
      (shard) => this.documentsIn(shard, topology),
    );
  }

  /** What a shard is known to hold, whether it answers or not. */
  private documentsIn(shard: number, { shards }: Topology): number {
    return shards[shard]!.partitions.reduce(
      (sum, partition) => sum + this.statistics.documentsIn(partition),
      0,
    );
  }

  private unavailable(detail: string, coverage: Coverage = NOTHING): Answered {
    return this.failed(503, detail, coverage);
  }

  private tooLarge(bytes: number, coverage: Coverage): Answered {
    const megabytes = Math.ceil(bytes / 1024 / 1024);
    return this.failed(
      413,
      `this page has ${megabytes} MB of documents or more, and at most 4 MB are sent: ask for fewer hits with a smaller size`,
      coverage,
    );
  }

  private failed(status: RootAnswer['status'], detail: string, coverage: Coverage): Answered {
    const { version: statisticsVersion } = this.statistics;
    const epoch = this.cluster.topology?.epoch ?? 0;
    const answer: RootAnswer = {
      status,
      detail,
      total: 0,
      coverage,
      statisticsVersion,
      epoch,
      rootMs: 0,
      shards: [],
    };
    return { answer, hits: '[]' };
  }
}

const NOTHING: Coverage = {
  degraded: true,
  shards: { total: 0, answered: 0, timedOut: 0, failed: 0 },
  documents: { searched: 0, total: 0 },
};

/** Hits without their documents are no answer: the shard counts as silent. */
function markTimedOut(outcome: ShardOutcome): void {
  outcome.outcome = 'timedOut';
  delete outcome.result;
}
