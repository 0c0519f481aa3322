import { ConfigService } from '@nestjs/config';
import { rootSubject } from '@shoal/contracts';
import { QUEUE_BOUND, RequestServer } from '@shoal/nats';
import { Faults, NATS, QueueFaults, run, showQueue, type SettingsService } from '@shoal/runtime';
import { Registry } from 'prom-client';
import { REJECTED } from './query.controller.js';
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
      return REJECTED;
    };
    const listening = { query: { subject: rootSubject.query(root), busy } };
    return showQueue(app.get(Registry), new RequestServer(app.get(NATS), listening, bound));
  },
});
