import { Controller, Inject, UseInterceptors } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { readMessage, UnknownVersionError, type Refusal, type ShardBatch } from '@shoal/contracts';
import type { RequestContext } from '@shoal/nats';
import { Faults, type SettingsService } from '@shoal/service';
import { LostReplies } from './faults/lost-replies.js';
import { SlowReplica } from './faults/slow-replica.js';
import { HeartbeatService } from './heartbeat.service.js';
import { PartitionsService } from './partitions.service.js';
import { PlaceService } from './place.service.js';
import { encodeReply, refusal } from './reply.js';
import { ShardMetrics } from './shard.metrics.js';
import { TracedAnswers } from './traced-answers.js';

/** How long a query waits for the topology that its root has seen already, in ms; then another replica may have it. */
const NEWS_MS = 100;

/** Answers the batches of the roots. */
@Controller()
@UseInterceptors(SlowReplica, LostReplies)
export class AskController {
  private readonly member: string;

  constructor(
    @Inject(ConfigService) settings: SettingsService,
    private readonly place: PlaceService,
    private readonly partitions: PartitionsService,
    private readonly answers: TracedAnswers,
    private readonly heartbeat: HeartbeatService,
    private readonly metrics: ShardMetrics,
    private readonly faults: Faults,
  ) {
    this.member = settings.get('SHOAL_NAME', { infer: true });
  }

  @MessagePattern('ask')
  async ask(@Payload() message: string, @Ctx() { arrivedAt }: RequestContext): Promise<string> {
    let batch: ShardBatch;
    try {
      batch = readMessage<ShardBatch>('a query batch', message);
    } catch (error) {
      if (error instanceof UnknownVersionError) return this.refusal('unknown-version', error.message);
      throw error;
    }
    const refused = await this.refuse(batch);
    if (refused) return refused;
    const findings = batch.queries.map((query) => this.answers.answer(query, batch, arrivedAt));
    findings.forEach(({ result }, query) => {
      this.heartbeat.latency.record(result.queueMs + result.searchMs);
      this.metrics.observe(result, batch.queries[query]!.traceparent);
    });
    return encodeReply({ member: this.member }, findings);
  }

  /** A replica answers only for the shard it holds, all of it, as of an epoch that it knows, and level with the statistics. */
  private async refuse({ shard, counted, queries }: ShardBatch): Promise<string | null> {
    const epochs = queries.map(({ epoch }) => epoch);
    const [oldest, newest] = [Math.min(...epochs), Math.max(...epochs)];
    const shortest = Math.min(...queries.map(({ budgetMs }) => budgetMs));
    await this.place.reached(newest, Math.min(NEWS_MS, shortest / 2));
    // Looked at only now: what this member holds may just have changed.
    const place = this.place.current;
    if (!this.heartbeat.answers || !place) {
      return this.refusal('not-ready', `this member is ${this.heartbeat.state}`);
    }
    if (oldest < place.since || newest > place.epoch) {
      const detail = `this member serves epochs ${place.since} to ${place.epoch}, not ${oldest} to ${newest}`;
      return this.refusal('wrong-epoch', detail);
    }
    if (place.shard !== shard) {
      return this.refusal('wrong-shard', `this member holds shard ${place.shard}, not ${shard}`);
    }
    const behind = place.partitions.some(
      (partition, i) => (this.partitions.get(partition)?.applied ?? 0) < (counted[i] ?? 0),
    );
    if (behind && !this.faults.on('replay-skipped')) {
      return this.refusal('behind', 'this member has not yet indexed what the statistics count');
    }
    return null;
  }

  private refusal(reason: Refusal, detail: string): string {
    this.metrics.refuse(reason);
    return refusal(this.member, reason, detail);
  }
}
