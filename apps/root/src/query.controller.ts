import { Controller, Inject, Logger } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import {
  NO_SHARD_ANSWERED,
  readIfKnown,
  SCHEMA_VERSION,
  type RootAnswer,
  type RootBatch,
  type RootReply,
  type RootRequest,
  type RootSuggest,
} from '@shoal/contracts';
import type { RequestContext } from '@shoal/nats';
import { Faults, roundMs, type SettingsService } from '@shoal/runtime';
import { ReplySizeBudget } from './reply-size-budget.js';
import { RootMetrics } from './root.metrics.js';
import { SearchService, type Answered } from './search.service.js';
import { SuggestService } from './suggest.service.js';
import { TracedRequests } from './traced-requests.js';

/** Said to a batch that finds this root's queue full, or is of another release: another root may answer it. */
export const REJECTED = JSON.stringify({ v: SCHEMA_VERSION, root: '', answers: [] } satisfies RootReply);

/** Part of a query's time that is kept for the way back, so that a late shard costs completeness and not the answer. */
const RETURN_SHARE = 0.05;
const RETURN_MOST_MS = 25;

/** Answers the batches of the frontends. */
@Controller()
export class QueryController {
  private readonly logger = new Logger('ask');
  private readonly root: string;
  private readonly traced: TracedRequests;

  constructor(
    @Inject(ConfigService) settings: SettingsService,
    private readonly searches: SearchService,
    private readonly suggestions: SuggestService,
    private readonly metrics: RootMetrics,
    private readonly faults: Faults,
  ) {
    this.root = settings.get('SHOAL_NAME', { infer: true });
    this.traced = new TracedRequests(this.root);
  }

  @MessagePattern('query')
  async query(@Payload() message: string, @Ctx() { arrivedAt }: RequestContext): Promise<string> {
    const batch = readIfKnown<RootBatch>('a batch of requests', message);
    if (!batch) return REJECTED;
    const room = new ReplySizeBudget();
    const answered = await Promise.all(
      batch.requests.map((request) => this.answer(request, arrivedAt, room)),
    );
    const reply: RootReply = {
      v: SCHEMA_VERSION,
      root: this.root,
      answers: answered.map(({ answer }) => answer),
    };
    return [JSON.stringify(reply), ...answered.map(({ hits }) => hits)].join('\n');
  }

  private async answer(request: RootRequest, arrivedAt: number, room: ReplySizeBudget): Promise<Answered> {
    const queueMs = performance.now() - arrivedAt;
    this.metrics.queue.observe(queueMs / 1000);
    const left = request.budgetMs - queueMs;
    const budgetMs = left - Math.min(left * RETURN_SHARE, RETURN_MOST_MS);
    return this.traced.run(request, { arrivedAt, queueMs }, async (traced) => {
      const answered = room.fit(await this.dispatch(traced, budgetMs, arrivedAt));
      answered.answer.rootMs = roundMs(performance.now() - arrivedAt);
      this.metrics.observe(request.kind, answered.answer, traced.traceparent);
      return answered;
    });
  }

  private async dispatch(request: RootRequest, budgetMs: number, arrivedAt: number): Promise<Answered> {
    if (budgetMs <= 0 && !this.faults.on('deadlines-off')) {
      this.metrics.expired.inc();
      return failed('the time for this request was over before a root could look at it');
    }
    try {
      if (request.kind === 'search') return await this.searches.search(request, budgetMs, arrivedAt);
      return await this.suggest(request, budgetMs);
    } catch (error) {
      // One request's error must not take the rest of its batch along.
      this.logger.error(error);
      return failed('the root failed on this request; its log says why');
    }
  }

  private async suggest(request: RootSuggest, budgetMs: number): Promise<Answered> {
    const { hits, ...known } = await this.suggestions.suggest(request, budgetMs);
    return known.coverage.shards.answered === 0
      ? failed(NO_SHARD_ANSWERED, known)
      : { answer: { ...answerOf(200), ...known }, hits };
  }
}

function failed(detail: string, known: Partial<RootAnswer> = {}): Answered {
  return { answer: { ...answerOf(503), ...known, detail }, hits: '[]' };
}

function answerOf(status: RootAnswer['status']): RootAnswer {
  return {
    status,
    total: 0,
    coverage: {
      degraded: false,
      shards: { total: 0, answered: 0, timedOut: 0, failed: 0 },
      documents: { searched: 0, total: 0 },
    },
    statisticsVersion: 0,
    epoch: 0,
    rootMs: 0,
    shards: [],
  };
}
