import { Controller, Inject } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { readMessage, UnknownVersionError, type ShardBatch } from '@shoal/contracts';
import type { AskContext } from '@shoal/scatter-gather';
import type { SettingsService } from '@shoal/service';
import { AnswerService } from './answer.service.js';
import { HeartbeatService } from './heartbeat.service.js';
import { PlaceService } from './place.service.js';
import { encodeReply, refusal } from './reply.js';
import { ShardMetrics } from './shard.metrics.js';

/** Answers the batches of the roots. */
@Controller()
export class AskController {
  private readonly member: string;

  constructor(
    @Inject(ConfigService) settings: SettingsService,
    private readonly place: PlaceService,
    private readonly answers: AnswerService,
    private readonly heartbeat: HeartbeatService,
    private readonly metrics: ShardMetrics,
  ) {
    this.member = settings.get('SHOAL_NAME', { infer: true });
  }

  @MessagePattern('ask')
  async ask(@Payload() message: string, @Ctx() { arrivedAt }: AskContext): Promise<string> {
    let batch: ShardBatch;
    try {
      batch = readMessage<ShardBatch>('a query batch', message);
    } catch (error) {
      if (error instanceof UnknownVersionError) return refusal(this.member, 'unknown-version', error.message);
      throw error;
    }
    const refused = await this.refuse(batch);
    if (refused) return refused;
    const findings = batch.queries.map((query) => this.answers.answer(query, arrivedAt));
    for (const { result } of findings) {
      this.heartbeat.latency.record(result.queueMs + result.searchMs);
      this.metrics.observe(result);
    }
    return encodeReply({ member: this.member, shard: batch.shard, epoch: batch.epoch }, findings);
  }

  /** A replica answers only for the shard it holds, and only when it holds all of it. */
  private async refuse({ epoch, shard, queries }: ShardBatch): Promise<string | null> {
    const place = this.place.current;
    if (this.heartbeat.state !== 'ready' || !place) {
      return refusal(this.member, 'not-ready', `this member is ${this.heartbeat.state}`);
    }
    if (!(await this.place.serves(epoch, Math.max(...queries.map(({ budgetMs }) => budgetMs))))) {
      return refusal(this.member, 'wrong-epoch', `this member goes by epoch ${place.epoch}, not ${epoch}`);
    }
    if (place.shard !== shard) {
      return refusal(this.member, 'wrong-shard', `this member holds shard ${place.shard}, not ${shard}`);
    }
    return null;
  }
}
