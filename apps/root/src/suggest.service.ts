import { Injectable } from '@nestjs/common';
import { mergeSuggestions } from '@shoal/bm25-index';
import type { Coverage, RootSuggest } from '@shoal/contracts';
import { coverageOf } from '@shoal/scatter-gather';
import { ClusterService } from '@shoal/runtime';
import { recordMissingShards } from './missing-shards.js';
import { ShardClient } from './shard-client.js';

const uncounted = () => 0;

export interface Suggested {
  epoch: number;
  /** Of the shards; documents are not counted. */
  coverage: Coverage;
  /** A JSON array of `{text, id}`. */
  hits: string;
}

/** Completions from all shards. A shard that is silent leaves a gap that the next keystroke may fill. */
@Injectable()
export class SuggestService {
  constructor(
    private readonly cluster: ClusterService,
    private readonly shards: ShardClient,
  ) {}

  async suggest({ q, size, traceparent }: RootSuggest, budgetMs: number): Promise<Suggested> {
    const { shards, epoch } = this.cluster.topology ?? { shards: [], epoch: 0 };
    const outcomes = await this.shards.gather(
      shards.map((_, shard) => ({
        shard,
        query: { kind: 'suggest', prefix: q, limit: size, epoch, traceparent },
      })),
      budgetMs,
    );
    recordMissingShards(outcomes);
    const answered = outcomes.flatMap(({ result }) => (result ? [result.result.suggestions ?? []] : []));
    const merged = mergeSuggestions(answered, size).map(({ text, id }) => ({ text, id }));
    return { epoch, coverage: coverageOf(outcomes, uncounted, uncounted), hits: JSON.stringify(merged) };
  }
}
