import { Controller, Inject, UseInterceptors } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { readMessage, UnknownVersionError, type Rejection, type ShardBatch } from '@shoal/contracts';
import type { RequestContext } from '@shoal/nats';
import { Faults, type SettingsService } from '@shoal/runtime';
import { LostReplies } from '../faults/lost-replies.js';
import { SlowReplica } from '../faults/slow-replica.js';
import { HeartbeatService } from '../protocol/heartbeat.service.js';
import { ReplicaService } from '../replica/replica.service.js';
import { AssignmentWatcher } from '../replica/assignment-watcher.js';
import { encodeReply, rejection } from './reply.js';
import { ShardMetrics } from './shard.metrics.js';
import { TracedAnswers } from './traced-answers.js';

/** Maximum wait for a topology that the root already has, in ms; then the root may try another replica. */
const TOPOLOGY_WAIT_MS = 100;

/** Answers the batches of the roots. */
@Controller()
@UseInterceptors(SlowReplica, LostReplies)
export class QueryController {
  private readonly member: string;

  constructor(
    @Inject(ConfigService) settings: SettingsService,
    private readonly assignments: AssignmentWatcher,
    private readonly replica: ReplicaService,
    private readonly answers: TracedAnswers,
    private readonly heartbeat: HeartbeatService,
    private readonly metrics: ShardMetrics,
    private readonly faults: Faults,
  ) {
    this.member = settings.get('SHOAL_NAME', { infer: true });
  }

  @MessagePattern('query')
  async query(@Payload() message: string, @Ctx() { arrivedAt }: RequestContext): Promise<string> {
    let batch: ShardBatch;
    try {
      batch = readMessage<ShardBatch>('a query batch', message);
    } catch (error) {
      if (error instanceof UnknownVersionError) return this.reject('unknown-version', error.message);
      throw error;
    }
    const rejected = await this.checkServable(batch);
    if (rejected) return rejected;
    const findings = batch.queries.map((query) => this.answers.answer(query, batch, arrivedAt));
    findings.forEach(({ result }, query) => {
      this.heartbeat.latency.record(result.queueMs + result.searchMs);
      this.metrics.observe(result, batch.queries[query]!.traceparent);
    });
    return encodeReply({ member: this.member }, findings);
  }

  /** A replica answers only for the shard it holds, all of it, as of an epoch that it knows, and level with the statistics. */
  private async checkServable({ shard, counted, queries }: ShardBatch): Promise<string | null> {
    const epochs = queries.map(({ epoch }) => epoch);
    const [oldest, newest] = [Math.min(...epochs), Math.max(...epochs)];
    const shortest = Math.min(...queries.map(({ budgetMs }) => budgetMs));
    await this.assignments.reached(newest, Math.min(TOPOLOGY_WAIT_MS, shortest / 2));
    // Looked at only now: what this member holds may just have changed.
    const place = this.assignments.current;
    if (!this.heartbeat.canServe || !place) {
      return this.reject('not-ready', `this member is ${this.heartbeat.state}`);
    }
    if (oldest < place.since || newest > place.epoch) {
      const detail = `this member serves epochs ${place.since} to ${place.epoch}, not ${oldest} to ${newest}`;
      return this.reject('wrong-epoch', detail);
    }
    if (place.shard !== shard) {
      return this.reject('wrong-shard', `this member holds shard ${place.shard}, not ${shard}`);
    }
    const behind = place.partitions.some(
      (partition, i) => (this.replica.get(partition)?.applied ?? 0) < (counted[i] ?? 0),
    );
    if (behind && !this.faults.on('replay-skipped')) {
      return this.reject('behind', 'this member has not yet indexed what the statistics count');
    }
    return null;
  }

  private reject(reason: Rejection, detail: string): string {
    this.metrics.reject(reason);
    return rejection(this.member, reason, detail);
  }
}
