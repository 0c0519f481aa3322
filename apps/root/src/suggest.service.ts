import { Injectable } from '@nestjs/common';
import { mergeSuggestions } from '@shoal/bm25-index';
import { NO_SHARD_ANSWERED, type RootSuggest } from '@shoal/contracts';
import { ClusterService } from '@shoal/runtime';
import { coverageOf } from '@shoal/scatter-gather';
import { answerOf, NO_TOPOLOGY, unavailable, type AnswerWithHits } from './root-answer.js';
import { ShardClient } from './shard-client.js';
import { recordMissingShards } from './traced-requests.js';

const uncounted = () => 0;

/** Completes a prefix from all shards. Completions of a shard that does not answer are missing until the next request. */
@Injectable()
export class SuggestService {
  constructor(
    private readonly cluster: ClusterService,
    private readonly shards: ShardClient,
  ) {}

  /**
   * @param budgetMs time for the scatter, in ms
   * @returns a JSON array of `{text, id}` as hits; its coverage counts shards and no documents
   */
  async suggest({ q, size, traceparent }: RootSuggest, budgetMs: number): Promise<AnswerWithHits> {
    const { topology } = this.cluster;
    if (!topology) return unavailable(NO_TOPOLOGY);
    const { shards, epoch } = topology;
    const outcomes = await this.shards.gather(
      shards.map((_, target) => ({
        target,
        query: { kind: 'suggest', prefix: q, limit: size, epoch, traceparent },
      })),
      budgetMs,
    );
    recordMissingShards(outcomes);
    const basis = { coverage: coverageOf(outcomes, uncounted, uncounted), epoch, statisticsVersion: 0 };
    if (basis.coverage.shards.answered === 0) return unavailable(NO_SHARD_ANSWERED, basis);
    const suggestions = outcomes.flatMap(({ result }) => (result ? [result.result.suggestions ?? []] : []));
    const merged = mergeSuggestions(suggestions, size).map(({ text, id }) => ({ text, id }));
    return answerOf(JSON.stringify(merged), basis);
  }
}
