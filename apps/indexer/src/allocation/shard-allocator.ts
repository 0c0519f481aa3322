import { Inject, Injectable, Logger } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { assignMembers, placementOf } from '@shoal/consistent-hashing';
import { ALLOCATION_INTERVAL_MS, SCHEMA_VERSION, type Topology } from '@shoal/contracts';
import { FencedOffError } from '@shoal/leader-election';
import { ClusterService } from '@shoal/runtime';
import { DelayedAllocation } from './delayed-allocation.js';
import type { IndexerSettings } from '../settings.js';
import type { LeadershipTerm } from '../leadership/leadership-term.js';

/**
 * Decides which member holds which shard, and writes it down as the topology. Each write names the revision it was
 * planned on, so a former leader's plan is rejected.
 */
@Injectable()
export class ShardAllocator {
  private readonly logger = new Logger('topologist');

  constructor(
    @Inject(ConfigService) private readonly settings: IndexerSettings,
    private readonly cluster: ClusterService,
  ) {}

  async serve(term: LeadershipTerm): Promise<void> {
    const { watched } = this.cluster;
    const absences = new DelayedAllocation();
    while (!term.over) {
      const { value: current, revision } = watched;
      if (current && current.token > term.token) {
        throw new FencedOffError(`a leader with the larger token ${current.token} has written the topology`);
      }
      const planned = this.plan(current, absences, term.token);
      if (planned.epoch !== current?.epoch || planned.token !== current.token) {
        // Also when nothing moves: the new revision is what a former leader's plan fails on.
        const written = await watched.update(planned, revision);
        if (written === null) throw new Error('another process changed the topology; planning again');
        this.logger.log(
          `epoch ${planned.epoch}: ${planned.shards.map(({ replicas }) => replicas.join('+')).join(' | ')}`,
        );
      }
      await term.pause(ALLOCATION_INTERVAL_MS);
    }
  }

  /** @returns the same epoch when nothing has to move */
  private plan(current: Topology | null, absences: DelayedAllocation, token: number): Topology {
    const shards = this.settings.get('SHOAL_SHARDS', { infer: true });
    const replicas = this.settings.get('SHOAL_REPLICAS', { infer: true });
    const placement = this.settings.get('SHOAL_PLACEMENT', { infer: true });
    const partitions = this.settings.get('SHOAL_PARTITIONS', { infer: true });
    const before = current?.shards ?? [];
    const present = [...this.cluster.roster.members()]
      .filter(([, { state }]) => state !== 'draining')
      .map(([member]) => member);
    const places = assignMembers({
      shards,
      replicas,
      previous: before.map((shard) => shard.replicas),
      present,
      expected: absences.stillExpected(
        before.flatMap((shard) => shard.replicas),
        present,
      ),
    });
    const leaders = this.assignPartitions(current, { partitions, shards, placement });
    const planned = places.map((members, shard) => ({
      partitions: leaders.flatMap((leader, partition) => (leader === shard ? [partition] : [])),
      replicas: members,
    }));
    const moved = current?.placement !== placement || JSON.stringify(planned) !== JSON.stringify(before);
    const epoch = (current?.epoch ?? 0) + (moved ? 1 : 0);
    return { v: SCHEMA_VERSION, epoch, token, partitions, placement, replicas, shards: planned };
  }

  private assignPartitions(
    current: Topology | null,
    { partitions, shards, placement }: Pick<Topology, 'partitions' | 'placement'> & { shards: number },
  ): number[] {
    const previous = Array.from({ length: partitions }, (_, partition) =>
      (current?.shards ?? []).findIndex((shard) => shard.partitions.includes(partition)),
    );
    if (current?.placement === placement && current.shards.length === shards) return previous;
    return placementOf(placement).assign(partitions, shards, current ? previous : undefined);
  }
}
