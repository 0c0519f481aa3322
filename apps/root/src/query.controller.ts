import { Controller, Inject, Logger } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import {
  ATTRIBUTE,
  messagingAttributes,
  NO_SHARD_ANSWERED,
  readIfKnown,
  rootSubject,
  SCHEMA_VERSION,
  type RootAnswer,
  type RootBatch,
  type RootReply,
  type RootRequest,
  type RootSuggest,
} from '@shoal/contracts';
import type { RequestContext } from '@shoal/nats';
import { Faults, roundMs, type SettingsService } from '@shoal/runtime';
import { endSpan, failSpan, inSpan, SpanKind, startSpan, traceparentOf, type Span } from '@shoal/telemetry';
import { ReplySizeBudget } from './reply-size-budget.js';
import { RootMetrics } from './root.metrics.js';
import { SearchService, type Answered } from './search.service.js';
import { SuggestService } from './suggest.service.js';

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
  private readonly messaging: Record<string, string>;

  constructor(
    @Inject(ConfigService) settings: SettingsService,
    private readonly searches: SearchService,
    private readonly suggestions: SuggestService,
    private readonly metrics: RootMetrics,
    private readonly faults: Faults,
  ) {
    this.root = settings.get('SHOAL_NAME', { infer: true });
    this.messaging = messagingAttributes('process', rootSubject.query(this.root));
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
    const spent = performance.now() - arrivedAt;
    this.metrics.queue.observe(spent / 1000);
    const left = request.budgetMs - spent;
    const budgetMs = left - Math.min(left * RETURN_SHARE, RETURN_MOST_MS);
    const span = this.startSpan(request, arrivedAt, spent);
    const found = await inSpan(span, () =>
      this.dispatch({ ...request, traceparent: traceparentOf(span) }, budgetMs, arrivedAt),
    );
    // Before span and metrics are told how it went.
    const answered = room.fit(found);
    finish(span, request, answered.answer);
    answered.answer.rootMs = roundMs(performance.now() - arrivedAt);
    this.metrics.observe(request.kind, answered.answer, traceparentOf(span));
    return answered;
  }

  private startSpan({ kind, traceparent }: RootRequest, arrivedAt: number, queueMs: number): Span {
    const attributes = { ...this.messaging, [ATTRIBUTE.kind]: kind, [ATTRIBUTE.queueMs]: queueMs };
    return startSpan(`root ${kind}`, traceparent, {
      kind: SpanKind.SERVER,
      startedAt: arrivedAt,
      attributes,
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

/** What an operator asks of a slow or wrong answer. */
function finish(span: Span, { kind }: RootRequest, answer: RootAnswer): void {
  if (!span.isRecording()) return;
  if (answer.status === 503) failSpan(span, 'unavailable', answer.detail);
  const { coverage, epoch, statisticsVersion } = answer;
  span.setAttributes({
    [ATTRIBUTE.epoch]: epoch,
    [ATTRIBUTE.degraded]: coverage.degraded,
    [ATTRIBUTE.shards]: coverage.shards.total,
    [ATTRIBUTE.shardsAnswered]: coverage.shards.answered,
  });
  // A completion weighs no terms.
  if (kind === 'search') {
    span.setAttributes({
      [ATTRIBUTE.statisticsVersion]: statisticsVersion,
      [ATTRIBUTE.searched]: coverage.documents.searched,
    });
  }
  endSpan(span);
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
