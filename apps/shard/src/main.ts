import { ConfigService } from '@nestjs/config';
import { shardSubject } from '@shoal/contracts';
import { QUEUE_BOUND, RequestServer } from '@shoal/nats';
import { Faults, NATS, QueueFaults, run, showQueue, type SettingsService } from '@shoal/runtime';
import { Registry } from 'prom-client';
import { appliedReply } from './protocol/applied.controller.js';
import { rejection } from './query/reply.js';
import { ShardMetrics } from './query/shard.metrics.js';
import { ShardModule } from './shard.module.js';
import { NOTHING_TO_REPORT } from './protocol/statistics.controller.js';

await run(ShardModule, {
  service: 'shard',
  transport: (app) => {
    const member = app.get<SettingsService>(ConfigService).get('SHOAL_NAME', { infer: true });
    const bound = new QueueFaults(app.get(Faults), QUEUE_BOUND);
    const metrics = app.get(ShardMetrics);
    const listening = {
      ask: {
        subject: shardSubject.query(member),
        busy: () => {
          metrics.reject('busy');
          return rejection(member, 'busy', 'the queue of this replica is full');
        },
      },
      applied: { subject: shardSubject.applied(member), busy: () => appliedReply({ applied: false }) },
      statistics: { subject: shardSubject.statistics(member), busy: () => NOTHING_TO_REPORT },
    };
    return showQueue(app.get(Registry), new RequestServer(app.get(NATS), listening, bound));
  },
});
