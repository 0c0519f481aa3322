import { Injectable } from '@nestjs/common';
import { weighQuery } from '@shoal/bm25-index';
import { partitionOf } from '@shoal/consistent-hashing';
import type { Coverage, RootAnswer, RootSearch, ShardProfile, ShardSearch, Topology } from '@shoal/contracts';
import { coverageOf } from '@shoal/scatter-gather';
import { ClusterService } from '@shoal/service';
import { mergePage, serializeHit, type PageHit } from './merge.js';
import { ShardsService, type ShardOutcome } from './shards.service.js';
import { StatisticsService } from './statistics.service.js';

/** An answer and its hits as a JSON array that is passed on unparsed. */
export interface Answered {
  answer: RootAnswer;
  hits: string;
}

/** Largest page, in characters of JSON: it has to fit into a NATS message together with others. */
const MAX_PAGE = 4 * 1024 * 1024;

/** Searches all shards, or with `routing` the one that holds its partition. */
@Injectable()
export class SearchService {
  constructor(
    private readonly cluster: ClusterService,
    private readonly shards: ShardsService,
    private readonly statistics: StatisticsService,
  ) {}

  /** @param budgetMs what is left for asking the shards */
  async search(request: RootSearch, budgetMs: number): Promise<Answered> {
    const began = performance.now();
    const topology = this.cluster.topology;
    if (!topology) return this.unavailable('no topology yet: the cluster is still starting');
    const query = this.query(request, topology);
    const outcomes = await this.shards.gather(
      this.targets(query, topology).map((shard) => ({ shard, query })),
      budgetMs,
    );
    const page = mergePage(outcomes, request.from, request.size);
    const missing = await this.fetch(page, request, budgetMs - (performance.now() - began));
    for (const outcome of outcomes) if (missing.has(outcome.shard)) loseDocuments(outcome);

    const coverage = this.coverage(outcomes, topology);
    if (coverage.shards.answered === 0) {
      return this.unavailable('no shard answered: try again in a few seconds', coverage, outcomes);
    }
    const hits = `[${page
      .filter(({ document }) => document !== undefined)
      .map(serializeHit)
      .join(',')}]`;
    const answer: RootAnswer = {
      status: 200,
      total: outcomes.reduce((sum, { result }) => sum + (result?.result.total ?? 0), 0),
      coverage,
      statisticsVersion: this.statistics.version,
      epoch: topology.epoch,
      rootMs: 0,
      shards: outcomes.map(profileOf),
    };
    if (hits.length <= MAX_PAGE) return { answer, hits };
    const detail = `this page would be ${Math.ceil(hits.length / 1024 / 1024)} MB of documents: ask for fewer hits with a smaller size`;
    return { answer: { ...answer, status: 413, detail }, hits: '[]' };
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

  /**
   * Gets the documents that did not fit into the first replies.
   * @returns the shards that did not deliver
   */
  private async fetch(page: PageHit[], { traceparent }: RootSearch, budgetMs: number): Promise<Set<number>> {
    const wanting = page.filter(({ document }) => document === undefined);
    if (wanting.length === 0) return new Set();
    const byShard = Map.groupBy(wanting, ({ shard }) => shard);
    const fetched = await this.shards.gather(
      [...byShard].map(([shard, hits]) => ({
        shard,
        query: { kind: 'fetch', ids: hits.map(({ id }) => id), traceparent },
      })),
      Math.max(0, budgetMs),
    );
    for (const { shard, result } of fetched) {
      const documents = new Map(result?.result.ids.map((id, index) => [id, result.documents[index]]));
      for (const hit of byShard.get(shard)!) hit.document = documents.get(hit.id);
    }
    return new Set(fetched.filter(({ outcome }) => outcome !== 'answered').map(({ shard }) => shard));
  }

  private coverage(outcomes: ShardOutcome[], { shards }: Topology): Coverage {
    return coverageOf(
      outcomes,
      ({ result }) => result.searched,
      (shard) =>
        shards[shard]!.partitions.reduce((sum, partition) => sum + this.statistics.documentsIn(partition), 0),
    );
  }

  private unavailable(detail: string, coverage: Coverage = NOTHING, outcomes: ShardOutcome[] = []): Answered {
    const { version } = this.statistics;
    const epoch = this.cluster.topology?.epoch ?? 0;
    const shards = outcomes.map(profileOf);
    const answer: RootAnswer = {
      status: 503,
      detail,
      total: 0,
      coverage,
      statisticsVersion: version,
      epoch,
      rootMs: 0,
      shards,
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
function loseDocuments(outcome: ShardOutcome): void {
  outcome.outcome = 'timedOut';
  delete outcome.result;
}

function profileOf({ shard, replica, outcome, result, roundTripMs, hedged }: ShardOutcome): ShardProfile {
  const { queueMs = 0, searchMs = 0 } = result?.result ?? {};
  return {
    shard,
    replica: outcome === 'answered' ? replica : null,
    queueMs: round(queueMs),
    searchMs: round(searchMs),
    networkMs: round(Math.max(0, roundTripMs - queueMs - searchMs)),
    hedged,
  };
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
