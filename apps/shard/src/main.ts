import { ConfigService } from '@nestjs/config';
import { shardSubject } from '@shoal/contracts';
import { QUEUE_BOUND, RequestServer } from '@shoal/nats';
import { Faults, NATS, QueueFaults, run, showQueue, type SettingsService } from '@shoal/service';
import { Registry } from 'prom-client';
import { appliedReply } from './applied.controller.js';
import { refusal } from './reply.js';
import { ShardMetrics } from './shard.metrics.js';
import { ShardModule } from './shard.module.js';
import { NOTHING_TO_REPORT } from './statistics.controller.js';

await run(ShardModule, {
  service: 'shard',
  transport: (app) => {
    const member = app.get<SettingsService>(ConfigService).get('SHOAL_NAME', { infer: true });
    const bound = new QueueFaults(app.get(Faults), QUEUE_BOUND);
    const metrics = app.get(ShardMetrics);
    const listening = {
      ask: {
        subject: shardSubject.ask(member),
        busy: () => {
          metrics.refuse('busy');
          return refusal(member, 'busy', 'the queue of this replica is full');
        },
      },
      applied: { subject: shardSubject.applied(member), busy: () => appliedReply({ applied: false }) },
      statistics: { subject: shardSubject.statistics(member), busy: () => NOTHING_TO_REPORT },
    };
    return showQueue(app.get(Registry), new RequestServer(app.get(NATS), listening, bound));
  },
});
