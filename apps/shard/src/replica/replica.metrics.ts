import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import { HeartbeatService } from '../protocol/heartbeat.service.js';
import { ReplicaService } from './replica.service.js';
import { AssignmentWatcher } from './assignment-watcher.js';

/** Metrics of a shard process's documents, assignment and lag behind the log, computed at each scrape. */
@Injectable()
export class ReplicaMetrics {
  constructor(
    registry: Registry,
    partitions: ReplicaService,
    place: AssignmentWatcher,
    heartbeat: HeartbeatService,
  ) {
    const registers = [registry];
    new Gauge({
      name: 'shoal_shard_assignment_info',
      help: 'The shard that this process is a replica of, and its state; always 1',
      labelNames: ['shard', 'state'],
      registers,
      collect() {
        this.reset();
        this.set({ shard: place.current?.shard ?? 'none', state: heartbeat.state }, 1);
      },
    });
    new Gauge({
      name: 'shoal_topology_epoch',
      help: 'Epoch of the topology that this process goes by; 0 before it knows one',
      registers,
      collect() {
        this.set(place.current?.epoch ?? 0);
      },
    });
    new Gauge({
      name: 'shoal_shard_documents',
      help: 'Live documents held',
      registers,
      collect() {
        this.set(partitions.documents);
      },
    });
    new Gauge({
      name: 'shoal_shard_applied_sequence',
      help: 'Last DOCS sequence indexed',
      registers,
      collect() {
        this.set(partitions.applied);
      },
    });
    new Gauge({
      name: 'shoal_shard_lag_records',
      help: 'Records of its partitions in DOCS that are not indexed yet, as of the last one that came',
      registers,
      collect() {
        this.set(partitions.lag.records);
      },
    });
    new Gauge({
      name: 'shoal_shard_lag_seconds',
      help: 'Age of the last record indexed while there are later ones; otherwise 0',
      registers,
      collect() {
        this.set(partitions.lag.ms / 1000);
      },
    });
    new Counter({
      name: 'shoal_shard_partition_queries_total',
      help: 'Searches of a partition, since it is held here',
      labelNames: ['partition'],
      registers,
      collect() {
        this.reset();
        for (const { number, searches } of partitions.all()) this.inc({ partition: number }, searches);
      },
    });
  }
}
