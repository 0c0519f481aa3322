import { Inject, Injectable } from '@nestjs/common';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  ADVANCED_SUBJECT,
  readMessage,
  SCHEMA_VERSION,
  shardSubject,
  type Advanced,
  type AppliedReply,
  type AppliedRequest,
  type Stored,
} from '@shoal/contracts';
import { ClusterService, NATS } from '@shoal/service';

/** How long a write may take to reach the replicas before the client is told that it takes too long, in ms. */
const PATIENCE_MS = 5_000;

/** Waits until a write can be found. */
@Injectable()
export class SearchableService {
  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    private readonly cluster: ClusterService,
  ) {}

  /** @returns whether every ready replica of the shard has the write, and there is one */
  async reached({ partition, sequence }: Stored): Promise<boolean> {
    const shards = this.cluster.topology?.shards ?? [];
    const shard = shards.findIndex(({ partitions }) => partitions.includes(partition));
    const replicas = this.cluster.readyReplicas(shard);
    const applied = await Promise.all(replicas.map((member) => this.applied(member, partition, sequence)));
    if (applied.length === 0 || !applied.every(Boolean)) return false;
    await this.dropCachedAnswers();
    return true;
  }

  private async applied(member: string, partition: number, intake: number): Promise<boolean> {
    const request: AppliedRequest = { v: SCHEMA_VERSION, partition, intake, waitMs: PATIENCE_MS };
    try {
      const reply = await this.connection.request(shardSubject.applied(member), JSON.stringify(request), {
        timeout: PATIENCE_MS + 500,
      });
      return readMessage<AppliedReply>('an applied reply', reply.string()).applied;
    } catch {
      // A replica that is gone cannot give a stale answer; one that is only slow can.
      return !this.cluster.roster.get(member);
    }
  }

  /** Before the client hears that its document can be found, every frontend has been told to forget older answers. */
  private async dropCachedAnswers(): Promise<void> {
    this.connection.publish(ADVANCED_SUBJECT, JSON.stringify({ v: SCHEMA_VERSION } satisfies Advanced));
    await this.connection.flush();
  }
}
