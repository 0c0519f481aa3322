import { ConfigService } from '@nestjs/config';
import { rootSubject } from '@shoal/contracts';
import { NatsStrategy, QUEUE_BOUND } from '@shoal/scatter-gather';
import { Faults, NATS, QueueFaults, run, type SettingsService } from '@shoal/service';
import { REFUSED } from './ask.controller.js';
import { RootMetrics } from './root.metrics.js';
import { RootModule } from './root.module.js';

await run(RootModule, {
  service: 'root',
  transport: (app) => {
    const root = app.get<SettingsService>(ConfigService).get('SHOAL_NAME', { infer: true });
    const bound = new QueueFaults(app.get(Faults), QUEUE_BOUND);
    const metrics = app.get(RootMetrics);
    const busy = () => {
      metrics.busy.inc();
      return REFUSED;
    };
    return new NatsStrategy(app.get(NATS), { ask: { subject: rootSubject.ask(root), busy } }, bound);
  },
});
