import { Injectable } from '@nestjs/common';
import { mergeSuggestions, search } from '@shoal/bm25-index';
import type {
  ShardFetch,
  ShardQuery,
  ShardResult,
  ShardSearch,
  ShardSuggest,
  TimedShardQuery,
} from '@shoal/contracts';
import { Faults } from '@shoal/runtime';
import type { Partition } from '../replica/partition.js';
import { ReplicaService } from '../replica/replica.service.js';
import type { Finding } from './reply.js';

/** Answers one query from the partitions in memory. */
@Injectable()
export class QueryExecutor {
  constructor(
    private readonly partitions: ReplicaService,
    private readonly faults: Faults,
  ) {}

  /** @param arrivedAt when the query's message arrived, by `performance.now()` */
  execute(query: TimedShardQuery, arrivedAt: number): Finding {
    const began = performance.now();
    const finding: Finding = {
      result: emptyResult(query.kind, began - arrivedAt),
      documents: [],
      postingsRead: 0,
    };
    if (finding.result.queueMs >= query.budgetMs && !this.faults.on('deadlines-off')) {
      // The deadline has passed: an answer would only delay queries that can still meet theirs.
      finding.result.expired = true;
      return finding;
    }
    if (query.kind === 'search') this.search(query, finding);
    else if (query.kind === 'suggest') this.suggest(query, finding);
    else this.fetch(query, finding);
    finding.result.searchMs = performance.now() - began;
    return finding;
  }

  private search({ terms, averageLength, operator, limit, routing }: ShardSearch, finding: Finding): void {
    const partitions = this.searched(routing?.partition);
    for (const partition of partitions) partition.searches++;
    const { total, searched, postingsRead, hits } = search(
      partitions.map(({ index }) => index),
      { terms, averageLength, operator, limit, ...(routing ? { routing: routing.key } : {}) },
    );
    Object.assign(finding.result, { total, searched });
    finding.postingsRead = postingsRead;
    for (const { id, score, source } of hits) {
      finding.result.ids.push(id);
      finding.result.scores.push(score);
      finding.documents.push(source);
    }
  }

  private suggest({ prefix, limit }: ShardSuggest, finding: Finding): void {
    const lists = this.partitions.all().map(({ titles }) => titles.complete(prefix, limit));
    finding.result.suggestions = mergeSuggestions(lists, limit);
  }

  private fetch({ ids }: ShardFetch, finding: Finding): void {
    for (const id of ids) {
      for (const { index } of this.partitions.all()) {
        const source = index.get(id);
        if (source === undefined) continue;
        finding.result.ids.push(id);
        finding.documents.push(source);
        break;
      }
    }
  }

  private searched(partition: number | undefined): Partition[] {
    if (partition === undefined) return this.partitions.all();
    const one = this.partitions.get(partition);
    return one ? [one] : [];
  }
}

function emptyResult(kind: ShardQuery['kind'], queueMs: number): ShardResult {
  return { kind, queueMs, searchMs: 0, total: 0, searched: 0, ids: [], scores: [], inlined: 0 };
}
