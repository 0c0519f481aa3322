import { Inject, Injectable, Logger } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { assignMembers, placementOf } from '@shoal/consistent-hashing';
import { ALLOCATION_INTERVAL_MS, SCHEMA_VERSION, type Topology } from '@shoal/contracts';
import { FencedOffError } from '@shoal/ownership-election';
import { ClusterService } from '@shoal/service';
import { Absences } from './absences.js';
import type { IndexerSettings } from './settings.js';
import type { Tenure } from './tenure.js';

/**
 * Decides which member holds which shard, and writes it down as the topology. Each write names the revision it was
 * planned on, so a former owner's plan is refused.
 */
@Injectable()
export class Topologist {
  private readonly logger = new Logger('topologist');

  constructor(
    @Inject(ConfigService) private readonly settings: IndexerSettings,
    private readonly cluster: ClusterService,
  ) {}

  async serve(tenure: Tenure): Promise<void> {
    const { watched } = this.cluster;
    const absences = new Absences();
    while (!tenure.over) {
      const { value: current, revision } = watched;
      if (current && current.token > tenure.token) {
        throw new FencedOffError(`an owner with the larger token ${current.token} has written the topology`);
      }
      const planned = this.plan(current, absences, tenure.token);
      if (planned.epoch !== current?.epoch || planned.token !== current.token) {
        // Also when nothing moves: the new revision is what a former owner's plan fails on.
        const written = await watched.update(planned, revision);
        if (written === null) throw new Error('the topology was changed by somebody else; planning anew');
        this.logger.log(
          `epoch ${planned.epoch}: ${planned.shards.map(({ replicas }) => replicas.join('+')).join(' | ')}`,
        );
      }
      await tenure.pause(ALLOCATION_INTERVAL_MS);
    }
  }

  /** @returns the same epoch when nothing has to move */
  private plan(current: Topology | null, absences: Absences, token: number): Topology {
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
      returning: absences.returning(
        before.flatMap((shard) => shard.replicas),
        present,
      ),
    });
    const owners = this.placePartitions(current, { partitions, shards, placement });
    const planned = places.map((members, shard) => ({
      partitions: owners.flatMap((owner, partition) => (owner === shard ? [partition] : [])),
      replicas: members,
    }));
    const moved = current?.placement !== placement || JSON.stringify(planned) !== JSON.stringify(before);
    const epoch = (current?.epoch ?? 0) + (moved ? 1 : 0);
    return { v: SCHEMA_VERSION, epoch, token, partitions, placement, replicas, shards: planned };
  }

  private placePartitions(
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
