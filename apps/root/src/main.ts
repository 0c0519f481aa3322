import { ROOT_QUEUE, ROOT_SUBJECT } from '@shoal/contracts';
import { NatsStrategy } from '@shoal/scatter-gather';
import { NATS, run } from '@shoal/service';
import { BUSY } from './ask.controller.js';
import { RootModule } from './root.module.js';

await run(RootModule, {
  service: 'root',
  transport: (app) =>
    new NatsStrategy(app.get(NATS), {
      ask: { subject: ROOT_SUBJECT, queue: ROOT_QUEUE, busy: () => BUSY },
    }),
});
