import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { MemberHeartbeat, ShoalEvent, Topology } from '@shoal/contracts';
import { ClusterService } from '@shoal/service';
import { Subject } from 'rxjs';
import { ClusterViewService } from './cluster-view.service.js';

/** Turns what this frontend watches into events: only changes, not heartbeats. */
@Injectable()
export class EventsService implements OnApplicationBootstrap, OnModuleDestroy {
  readonly events = new Subject<ShoalEvent>();
  private readonly states = new Map<string, string>();
  private leader: string | null = null;
  private epoch = 0;

  constructor(
    private readonly cluster: ClusterService,
    private readonly view: ClusterViewService,
  ) {}

  onApplicationBootstrap(): void {
    // What is so at the start is no event.
    this.epoch = this.cluster.topology?.epoch ?? 0;
    this.leader = this.view.leader;
    for (const [member, { state, shard }] of this.cluster.roster.members())
      this.states.set(member, `${state} ${shard}`);
    this.cluster.watched.onChange((topology) => topology && this.topologyChanged(topology));
    this.cluster.roster.onChange((member, heartbeat) => this.memberChanged(member, heartbeat));
    this.view.leases?.onChange(() => this.leadershipChanged());
  }

  /** Ends the event streams, which would otherwise keep the process from ending. */
  onModuleDestroy(): void {
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

  private leadershipChanged(): void {
    const { leader } = this.view;
    if (leader === this.leader) return;
    this.leader = leader;
    this.events.next({ type: 'leadership', leader, detail: leader ? `${leader} leads` : 'nobody leads' });
  }
}
