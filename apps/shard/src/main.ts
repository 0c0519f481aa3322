import { ConfigService } from '@nestjs/config';
import { shardSubject } from '@shoal/contracts';
import { NatsStrategy } from '@shoal/scatter-gather';
import { NATS, run, type SettingsService } from '@shoal/service';
import { appliedReply } from './applied.controller.js';
import { refusal } from './reply.js';
import { ShardModule } from './shard.module.js';
import { NOTHING_TO_REPORT } from './statistics.controller.js';

await run(ShardModule, {
  service: 'shard',
  transport: (app) => {
    const member = app.get<SettingsService>(ConfigService).get('SHOAL_NAME', { infer: true });
    return new NatsStrategy(app.get(NATS), {
      ask: {
        subject: shardSubject.ask(member),
        busy: () => refusal(member, 'busy', 'the queue of this replica is full'),
      },
      applied: { subject: shardSubject.applied(member), busy: () => appliedReply(false) },
      statistics: { subject: shardSubject.statistics(member), busy: () => NOTHING_TO_REPORT },
    });
  },
});
