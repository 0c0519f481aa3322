import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import { LeaderService } from './leader.service.js';

/** Shows whether this process leads, and by what right. */
@Injectable()
export class LeadershipMetrics {
  constructor(registry: Registry, leader: LeaderService) {
    const registers = [registry];
    const { lease } = leader;
    new Gauge({
      name: 'shoal_indexer_leader',
      help: '1 while this process believes that it leads, otherwise 0',
      registers,
      collect() {
        this.set(lease.token === null ? 0 : 1);
      },
    });
    new Gauge({
      name: 'shoal_indexer_fencing_token',
      help: 'Fencing token of the lease that this process holds; 0 while it holds none',
      registers,
      collect() {
        this.set(lease.token ?? 0);
      },
    });
    new Gauge({
      name: 'shoal_indexer_lease_age_seconds',
      help: 'For how long this process has led; 0 while it does not',
      registers,
      collect() {
        this.set(leader.leadingForMs / 1000);
      },
    });
    new Gauge({
      name: 'shoal_indexer_lease_remaining_seconds',
      help: 'Time until the lease ends unless it is renewed; 0 while this process holds none',
      registers,
      collect() {
        this.set(lease.remainingMs / 1000);
      },
    });
    const won = new Counter({
      name: 'shoal_indexer_leases_won_total',
      help: 'Times that this process became the leader',
      registers,
    });
    lease.on('acquired', () => won.inc());
  }
}
