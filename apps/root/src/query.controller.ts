import { Controller, Inject, Logger } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import {
  readIfKnown,
  SCHEMA_VERSION,
  type RootBatch,
  type RootReply,
  type RootRequest,
} from '@shoal/contracts';
import type { RequestContext } from '@shoal/nats';
import { Faults, roundMs, type SettingsService } from '@shoal/runtime';
import { RootMetrics } from './metrics.js';
import { REJECTED, ReplySizeBudget, unavailable, type AnswerWithHits } from './root-answer.js';
import { SearchService } from './search.service.js';
import { SuggestService } from './suggest.service.js';
import { TracedRequests } from './traced-requests.js';

/** Share of a request's budget reserved for the reply, so that a late shard degrades the answer instead of losing it. */
const RETURN_SHARE = 0.05;
/** Maximum of that reserve, in ms. */
const MAX_RETURN_MS = 25;

/** Answers the batches of requests that frontends send to this root. */
@Controller()
export class QueryController {
  private readonly logger = new Logger('query');
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

  /** Answers all requests of a batch concurrently: a line of {@link RootReply}, then one line of hits per request. */
  @MessagePattern('query')
  async query(@Payload() message: string, @Ctx() { arrivedAt }: RequestContext): Promise<string> {
    const batch = readIfKnown<RootBatch>('a batch of requests', message);
    if (!batch) return REJECTED;
    const replySize = new ReplySizeBudget();
    const answered = await Promise.all(
      batch.requests.map((request) => this.answer(request, arrivedAt, replySize)),
    );
    const reply: RootReply = {
      v: SCHEMA_VERSION,
      root: this.root,
      answers: answered.map(({ answer }) => answer),
    };
    return [JSON.stringify(reply), ...answered.map(({ hits }) => hits)].join('\n');
  }

  private async answer(
    request: RootRequest,
    arrivedAt: number,
    replySize: ReplySizeBudget,
  ): Promise<AnswerWithHits> {
    const queueMs = performance.now() - arrivedAt;
    this.metrics.queue.observe(queueMs / 1000);
    const remainingMs = request.budgetMs - queueMs;
    const budgetMs = remainingMs - Math.min(remainingMs * RETURN_SHARE, MAX_RETURN_MS);
    return this.traced.run(request, { arrivedAt, queueMs }, async (traced) => {
      const answered = replySize.fit(await this.execute(traced, budgetMs, arrivedAt));
      answered.answer.rootMs = roundMs(performance.now() - arrivedAt);
      this.metrics.observe(request.kind, answered.answer, traced.traceparent);
      return answered;
    });
  }

  /** Never rejects: the error of one request must not fail the rest of its batch. */
  private async execute(request: RootRequest, budgetMs: number, arrivedAt: number): Promise<AnswerWithHits> {
    if (budgetMs <= 0 && !this.faults.on('deadlines-off')) {
      this.metrics.expired.inc();
      return unavailable('the time for this request was over before a root could look at it');
    }
    try {
      if (request.kind === 'search') return await this.searches.search(request, budgetMs, arrivedAt);
      return await this.suggestions.suggest(request, budgetMs);
    } catch (error) {
      this.logger.error(error);
      return unavailable('the root failed on this request; its log says why');
    }
  }
}
