import { Injectable } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { ClusterService } from './cluster.service.js';

/** Shows the topology that this process goes by. */
@Injectable()
export class ClusterMetrics {
  constructor(registry: Registry, cluster: ClusterService) {
    new Gauge({
      name: 'shoal_topology_epoch',
      help: 'Epoch of the topology that this process goes by; 0 before it knows one',
      registers: [registry],
      collect() {
        this.set(cluster.topology?.epoch ?? 0);
      },
    });
  }
}
