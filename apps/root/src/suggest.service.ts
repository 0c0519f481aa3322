import { Injectable } from '@nestjs/common';
import { mergeSuggestions } from '@shoal/bm25-index';
import type { RootSuggest } from '@shoal/contracts';
import { ClusterService } from '@shoal/service';
import { ShardsService } from './shards.service.js';

/** Completions from all shards. A shard that is silent leaves a gap that the next keystroke may fill. */
@Injectable()
export class SuggestService {
  constructor(
    private readonly cluster: ClusterService,
    private readonly shards: ShardsService,
  ) {}

  /** @returns a JSON array of `{text, id}`, or null when no shard answered */
  async suggest({ q, size, traceparent }: RootSuggest, budgetMs: number): Promise<string | null> {
    const { shards, epoch } = this.cluster.topology ?? { shards: [], epoch: 0 };
    const outcomes = await this.shards.gather(
      shards.map((_, shard) => ({
        shard,
        query: { kind: 'suggest', prefix: q, limit: size, epoch, traceparent },
      })),
      budgetMs,
    );
    const answered = outcomes.flatMap(({ result }) => (result ? [result.result.suggestions ?? []] : []));
    if (answered.length === 0) return null;
    return JSON.stringify(mergeSuggestions(answered, size).map(({ text, id }) => ({ text, id })));
  }
}
