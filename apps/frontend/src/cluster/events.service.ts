import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import {
  readMessage,
  FENCED_SUBJECT,
  type FaultName,
  type MemberHeartbeat,
  type FencedWrite,
  type ShoalEvent,
  type Topology,
} from '@shoal/contracts';
import { ClusterService, Faults, NATS } from '@shoal/runtime';
import { Subject } from 'rxjs';
import { ClusterStateService } from './cluster-state.service.js';

/** Turns what this frontend watches into events: only changes, not heartbeats. */
@Injectable()
export class EventsService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('events');
  readonly events = new Subject<ShoalEvent>();
  private readonly states = new Map<string, string>();
  private leader: string | null = null;
  private epoch = 0;
  private rejections?: Subscription;

  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    private readonly cluster: ClusterService,
    private readonly view: ClusterStateService,
    private readonly faults: Faults,
  ) {}

  onApplicationBootstrap(): void {
    // The state at the start is not an event.
    this.epoch = this.cluster.topology?.epoch ?? 0;
    this.leader = this.view.leader;
    for (const [member, { state, shard }] of this.cluster.roster.members())
      this.states.set(member, `${state} ${shard}`);
    this.cluster.watched.onChange((topology) => topology && this.topologyChanged(topology));
    this.cluster.roster.onChange((member, heartbeat) => this.memberChanged(member, heartbeat));
    this.view.leaderLease?.onChange(() => this.leadershipChanged());
    this.faults.onChange((name, enabled) => this.faultSwitched(name, enabled));
    const callback = (_: Error | null, message: Msg) => this.rejected(message.string());
    this.rejections = this.connection.subscribe(FENCED_SUBJECT, { callback });
  }

  /** Ends the event streams, which would otherwise keep the process from ending. */
  onModuleDestroy(): void {
    this.rejections?.unsubscribe();
    this.events.complete();
  }

  private topologyChanged({ epoch, shards }: Topology): void {
    if (epoch === this.epoch) return;
    this.epoch = epoch;
    const replicas = shards.reduce((sum, shard) => sum + shard.replicas.length, 0);
    const detail = `epoch ${epoch}: ${shards.length} shards, ${replicas} replicas`;
    this.events.next({ type: 'topology', epoch, shards: shards.length, detail });
  }

  private memberChanged(member: string, heartbeat: MemberHeartbeat | null): void {
    const state = heartbeat?.state ?? 'missing';
    const shard = heartbeat?.shard ?? null;
    const seen = `${state} ${shard}`;
    if (this.states.get(member) === seen) return;
    this.states.set(member, seen);
    const detail = `${member} is ${state}${shard === null ? '' : ` for shard ${shard}`}`;
    this.events.next({ type: 'members', member, state, shard, detail });
  }

  private faultSwitched(fault: FaultName, enabled: boolean): void {
    this.events.next({
      type: 'faults',
      fault,
      enabled,
      detail: `fault ${fault} is ${enabled ? 'on' : 'off'}`,
    });
  }

  private leadershipChanged(): void {
    const { leader } = this.view;
    if (leader === this.leader) return;
    this.leader = leader;
    this.events.next({
      type: 'leadership',
      leader,
      detail: leader ? `${leader} leads` : 'there is no leader',
    });
  }

  private rejected(message: string): void {
    try {
      const { formerLeader, token, detail } = readMessage<FencedWrite>('a rejected write', message);
      const { leader } = this.view;
      const text = `a late write of ${formerLeader} (fencing token ${token}) was rejected: ${detail}`;
      this.events.next({ type: 'leadership', leader, detail: text });
    } catch (error) {
      this.logger.warn(error instanceof Error ? error.message : String(error));
    }
  }
}
