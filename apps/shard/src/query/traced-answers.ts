import { Inject, Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import {
  ATTRIBUTE,
  messagingAttributes,
  shardSubject,
  type ShardBatch,
  type TimedShardQuery,
} from '@shoal/contracts';
import type { SettingsService } from '@shoal/runtime';
import { failSpan, isSampled, SpanKind, withSpan, type Span } from '@shoal/telemetry';
import { QueryExecutor } from './query-executor.js';
import type { Finding } from './reply.js';

/** A span for each query of a message, from the message's arrival on, so that time in the queue counts. */
@Injectable()
export class TracedAnswers {
  private readonly attributes: Record<string, string>;

  constructor(
    @Inject(ConfigService) settings: SettingsService,
    private readonly answers: QueryExecutor,
  ) {
    const replica = settings.get('SHOAL_NAME', { infer: true });
    const messaging = messagingAttributes('process', shardSubject.query(replica));
    this.attributes = { ...messaging, [ATTRIBUTE.replica]: replica };
  }

  /**
   * @param batch the query's message, each query of which has its own trace
   * @param arrivedAt arrival of the message, by `performance.now()`
   * @throws the error of the search
   */
  answer(query: TimedShardQuery, { shard, queries }: ShardBatch, arrivedAt: number): Finding {
    const { kind, epoch, traceparent } = query;
    // Nearly all under load: no span, no context, no attributes.
    if (!isSampled(traceparent)) return this.answers.execute(query, arrivedAt);
    const start = {
      kind: SpanKind.SERVER,
      startedAt: arrivedAt,
      attributes: {
        ...this.attributes,
        [ATTRIBUTE.shard]: shard,
        [ATTRIBUTE.epoch]: epoch,
        [ATTRIBUTE.kind]: kind,
        [ATTRIBUTE.batchQueries]: queries.length,
      },
      links: queries.filter((other) => other !== query).map((other) => other.traceparent),
    };
    return withSpan(`shard ${kind}`, traceparent, start, (span) => {
      const finding = this.answers.execute(query, arrivedAt);
      describe(span, finding);
      return finding;
    });
  }
}

function describe(span: Span, { result, postingsRead }: Finding): void {
  const { kind, queueMs, searched, ids, expired = false } = result;
  span.setAttribute(ATTRIBUTE.queueMs, queueMs);
  if (expired) failSpan(span, 'expired', 'its time was over before its turn came');
  else {
    span.setAttribute(ATTRIBUTE.hits, ids.length);
    if (kind === 'search')
      span.setAttributes({ [ATTRIBUTE.searched]: searched, [ATTRIBUTE.postingsRead]: postingsRead });
  }
}
