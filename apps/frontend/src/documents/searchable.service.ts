import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { errors, type NatsConnection } from '@nats-io/transport-node';
import {
  ADVANCED_SUBJECT,
  readIfKnown,
  SCHEMA_VERSION,
  shardSubject,
  type Advanced,
  type AppliedReply,
  type AppliedRequest,
  type Stored,
} from '@shoal/contracts';
import { answersPing, ClusterService, NATS } from '@shoal/service';
import { ReadLeases } from './read-leases.js';

/** How long a write may take to reach the replicas before the client is told that it takes too long, in ms. */
const PATIENCE_MS = 5_000;
/** Time for the reply of a replica that has waited for as long. */
const REPLY_MS = 500;
const RETRY_MS = 50;

/** Waits until a write can be found. */
@Injectable()
export class SearchableService {
  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    private readonly cluster: ClusterService,
    private readonly leases: ReadLeases,
  ) {}

  /** @returns whether no replica that answers searches can leave the write out any more */
  async reached({ partition, sequence }: Stored): Promise<boolean> {
    const deadline = performance.now() + PATIENCE_MS;
    const replies = await this.everywhere(partition, sequence, deadline);
    if (!replies) return false;
    const from = replies.find(({ movedFrom }) => movedFrom !== undefined)?.movedFrom;
    // Its older version must be gone there, or it would be found twice.
    if (from !== undefined && !(await this.everywhere(from, sequence, deadline))) return false;
    return this.dropCachedAnswers(deadline);
  }

  /**
   * Asks every replica of the partition's shard that may answer searches, the ones that are not ready too: they may be any moment. Their
   * promise counts once the write is in the log: a replica that starts over after that finds it there.
   * @returns null when the time was over before that, or none is ready
   */
  private async everywhere(
    partition: number,
    intake: number,
    deadline: number,
  ): Promise<AppliedReply[] | null> {
    const sure = new Map<string, AppliedReply>();
    while (performance.now() < deadline) {
      const { shard, present } = this.replicasOf(partition);
      const unsure = present.filter((member) => !sure.has(member));
      const oneIsReady = this.cluster.readyReplicas(shard).some((member) => sure.has(member));
      if (unsure.length === 0 && oneIsReady) return [...sure.values()];
      const isInLog = sure.size > 0;
      const replies = await Promise.all(
        unsure.map((member) => this.ask(member, { partition, intake, deadline })),
      );
      const before = sure.size;
      for (const [at, reply] of replies.entries()) {
        if (reply?.applied || (reply && isInLog)) sure.set(unsure[at]!, reply);
      }
      if (sure.size === before) await delay(RETRY_MS);
    }
    return null;
  }

  private replicasOf(partition: number): { shard: number; present: string[] } {
    const { topology } = this.cluster;
    const shards = topology?.shards ?? [];
    const shard = shards.findIndex(({ partitions }) => partitions.includes(partition));
    const placed = shards[shard]?.replicas ?? [];
    return { shard, present: placed.filter((member) => this.leases.roster.get(member)) };
  }

  /** @returns null when the replica is gone, or the time is over */
  private async ask(
    member: string,
    { partition, intake, deadline }: { partition: number; intake: number; deadline: number },
  ): Promise<AppliedReply | null> {
    const gone = Promise.withResolvers<null>();
    const forget = this.leases.roster.onChange((name, state) => {
      if (name === member && state === null) gone.resolve(null);
    });
    try {
      for (;;) {
        const left = deadline - performance.now();
        if (left <= 0 || !this.leases.roster.get(member)) return null;
        const request: AppliedRequest = { v: SCHEMA_VERSION, partition, intake, waitMs: left };
        const reply = await Promise.race([this.request(member, request), gone.promise]);
        if (reply?.applied || reply?.promised) return reply;
        // Too busy to wait, or killed and not yet back under its name: it must be asked again.
        await delay(RETRY_MS);
      }
    } finally {
      forget();
    }
  }

  private async request(member: string, request: AppliedRequest): Promise<AppliedReply | null> {
    try {
      const reply = await this.connection.request(shardSubject.applied(member), JSON.stringify(request), {
        timeout: request.waitMs + REPLY_MS,
      });
      return readIfKnown<AppliedReply>('an applied reply', reply.string());
    } catch (error) {
      const passing = [errors.TimeoutError, errors.NoRespondersError, errors.RequestError];
      if (passing.some((kind) => error instanceof kind)) return null;
      throw error;
    }
  }

  /** Before the client hears that its document can be found, every frontend has been told to forget older answers. */
  private async dropCachedAnswers(deadline: number): Promise<boolean> {
    while (performance.now() < deadline) {
      this.connection.publish(ADVANCED_SUBJECT, JSON.stringify({ v: SCHEMA_VERSION } satisfies Advanced));
      // What was published while the connection was lost is lost, too.
      if (await answersPing(this.connection, deadline - performance.now())) return true;
      await delay(RETRY_MS);
    }
    return false;
  }
}
