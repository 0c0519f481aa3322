import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { errors, type NatsConnection } from '@nats-io/transport-node';
import {
  INVALIDATION_SUBJECT,
  ATTRIBUTE,
  messagingAttributes,
  readIfKnown,
  SCHEMA_VERSION,
  shardSubject,
  WRITE_VISIBILITY_TIMEOUT_MS,
  type Invalidation,
  type AppliedReply,
  type AppliedRequest,
  type Stored,
  type Topology,
} from '@shoal/contracts';
import { ClusterService, NATS } from '@shoal/runtime';
import { flushWithin } from '@shoal/nats';
import { activeSpan, failSpan, SpanKind, traceparentOf, withSpan } from '@shoal/telemetry';
import { newestTopology } from './newest-topology.js';
import { ReadLeases } from './read-leases.js';

/** Time for the reply of a replica that has waited for as long. */
const REPLY_MS = 500;
const RETRY_MS = 50;
/** Maximum polling backoff per replica, in ms. */
const MAX_RETRY_MS = 800;

interface Write {
  partition: number;
  /** Its INTAKE sequence. */
  intake: number;
  /** Until when it is waited for (`performance.now()`). */
  deadline: number;
}

/** Outcome of one poll of a replica. */
interface Asked {
  /** null when it did not answer. */
  reply: AppliedReply | null;
  outcome: 'applied' | 'promised' | 'rejected' | 'timedOut';
  /** Why, when it failed. */
  detail?: string;
}

const NO_REPLY = { reply: null, detail: 'the replica did not answer' };
/** As of the attempts to get a search answered. */
const FAILED: Partial<Record<Asked['outcome'], string>> = { rejected: 'rejected', timedOut: 'timeout' };

/** Waits until a write can be found. */
@Injectable()
export class WriteVisibilityService {
  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    private readonly cluster: ClusterService,
    private readonly leases: ReadLeases,
  ) {}

  /** @returns whether no replica that answers searches can leave the write out any more */
  async waitUntilSearchable({ partition, sequence }: Stored): Promise<boolean> {
    const deadline = performance.now() + WRITE_VISIBILITY_TIMEOUT_MS;
    const replies = await this.waitForAllReplicas({ partition, intake: sequence, deadline });
    if (!replies) return false;
    const from = replies.find(({ movedFrom }) => movedFrom !== undefined)?.movedFrom;
    // Its older version must be gone there, or it would be found twice.
    if (
      from !== undefined &&
      !(await this.waitForAllReplicas({ partition: from, intake: sequence, deadline }))
    )
      return false;
    return this.invalidateCaches(deadline);
  }

  /**
   * Polls all replicas of the shard that may hold a read lease, including replicas that are still replaying. A replaying
   * replica may instead commit to not serving before it has the write, but only after another replica has confirmed that the
   * write is in the log.
   *
   * The replicas are those of the topology that the bucket's leader has once the write is in the log: a member that is
   * assigned later replays the write.
   * @returns null when the deadline passed first, or no replica is ready
   */
  private async waitForAllReplicas(write: Write): Promise<AppliedReply[] | null> {
    const sure = new Map<string, AppliedReply>();
    let newest: Topology | null = null;
    while (performance.now() < write.deadline) {
      const topology = newest ?? this.cluster.topology;
      const { shard, present } = this.replicasOf(write.partition, topology);
      const unsure = present.filter((member) => !sure.has(member));
      const oneIsReady = this.cluster.readyReplicas(shard, topology).some((member) => sure.has(member));
      if (newest && unsure.length === 0 && oneIsReady) return [...sure.values()];
      const before = sure.size;
      await Promise.all(unsure.map((member) => this.ask(member, write, sure)));
      const leftMs = write.deadline - performance.now();
      if (sure.size > 0 && leftMs > 0) newest ??= await newestTopology(this.connection, leftMs);
      if (sure.size === before) await delay(RETRY_MS);
    }
    return null;
  }

  private replicasOf(partition: number, topology: Topology | null): { shard: number; present: string[] } {
    const shards = topology?.shards ?? [];
    const shard = shards.findIndex(({ partitions }) => partitions.includes(partition));
    const placed = shards[shard]?.replicas ?? [];
    return { shard, present: placed.filter((member) => this.leases.roster.get(member)) };
  }

  /** Ends when the replica is sure, or gone, or the time is over. */
  private async ask(member: string, write: Write, sure: Map<string, AppliedReply>): Promise<void> {
    const { partition, intake, deadline } = write;
    const gone = Promise.withResolvers<null>();
    const forget = this.leases.roster.onChange((name, state) => {
      if (name === member && state === null) gone.resolve(null);
    });
    try {
      for (let pauseMs = RETRY_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_RETRY_MS)) {
        const waitMs = deadline - performance.now();
        if (waitMs <= 0 || !this.leases.roster.get(member)) return;
        // The first to be sure holds it: promises are given only after that.
        const request: AppliedRequest = {
          v: SCHEMA_VERSION,
          partition,
          intake,
          inLog: sure.size > 0,
          waitMs,
        };
        const reply = await Promise.race([this.traced(member, request), gone.promise]);
        if (reply?.applied || reply?.committed) return void sure.set(member, reply);
        // The replica is too busy to wait, replays while the write may not be in the log, or restarts: poll again.
        await delay(pauseMs);
      }
    } finally {
      forget();
    }
  }

  private traced(member: string, request: AppliedRequest): Promise<AppliedReply | null> {
    const subject = shardSubject.applied(member);
    const start = {
      kind: SpanKind.CLIENT,
      attributes: {
        ...messagingAttributes('request', subject),
        [ATTRIBUTE.replica]: member,
        [ATTRIBUTE.partition]: request.partition,
        [ATTRIBUTE.sequence]: request.intake,
      },
    };
    return withSpan('await replica', traceparentOf(activeSpan()), start, async (span) => {
      // Stays if the request throws.
      span.setAttribute(ATTRIBUTE.outcome, 'failed');
      const { reply, outcome, detail } = await this.request(subject, request);
      span.setAttribute(ATTRIBUTE.outcome, outcome);
      const failed = FAILED[outcome];
      if (failed) failSpan(span, failed, detail);
      return reply;
    });
  }

  /** @throws Error when the request cannot be sent, for example without a connection */
  private async request(subject: string, request: AppliedRequest): Promise<Asked> {
    try {
      const message = await this.connection.request(subject, JSON.stringify(request), {
        timeout: request.waitMs + REPLY_MS,
      });
      const reply = readIfKnown<AppliedReply>('an applied reply', message.string());
      return reply ? heard(reply) : { reply, outcome: 'rejected', detail: 'it is of another release' };
    } catch (error) {
      if (error instanceof errors.TimeoutError) return { ...NO_REPLY, outcome: 'timedOut' };
      const isAway = error instanceof errors.NoRespondersError || error instanceof errors.RequestError;
      if (isAway) return { ...NO_REPLY, outcome: 'rejected', detail: error.message };
      throw error;
    }
  }

  /** Invalidates the caches of all frontends before the write is confirmed to the client. */
  private async invalidateCaches(deadline: number): Promise<boolean> {
    while (performance.now() < deadline) {
      this.connection.publish(
        INVALIDATION_SUBJECT,
        JSON.stringify({ v: SCHEMA_VERSION } satisfies Invalidation),
      );
      // A publish during a lost connection is lost, too.
      if (await flushWithin(this.connection, deadline - performance.now())) return true;
      await delay(RETRY_MS);
    }
    return false;
  }
}

function heard(reply: AppliedReply): Asked {
  if (reply.applied) return { reply, outcome: 'applied' };
  if (reply.committed) return { reply, outcome: 'promised' };
  return { reply, outcome: 'rejected', detail: 'the replica does not commit to the write' };
}
