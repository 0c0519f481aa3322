import { ConfigService } from '@nestjs/config';
import { shardSubject } from '@shoal/contracts';
import { NatsStrategy } from '@shoal/scatter-gather';
import { NATS, run, type SettingsService } from '@shoal/service';
import { refusal } from './reply.js';
import { ShardModule } from './shard.module.js';

await run(ShardModule, {
  service: 'shard',
  transport: (app) => {
    const member = app.get<SettingsService>(ConfigService).get('SHOAL_NAME', { infer: true });
    const busy = () => refusal(member, 'busy', 'the queue of this replica is full');
    return new NatsStrategy(app.get(NATS), {
      ask: { subject: shardSubject.ask(member), busy },
      applied: { subject: shardSubject.applied(member), busy },
      statistics: { subject: shardSubject.statistics(member), busy },
    });
  },
});
