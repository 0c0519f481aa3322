import { ConfigService } from '@nestjs/config';
import { rootSubject } from '@shoal/contracts';
import { NatsStrategy } from '@shoal/scatter-gather';
import { NATS, run, type SettingsService } from '@shoal/service';
import { BUSY } from './ask.controller.js';
import { RootModule } from './root.module.js';

await run(RootModule, {
  service: 'root',
  transport: (app) => {
    const root = app.get<SettingsService>(ConfigService).get('SHOAL_NAME', { infer: true });
    return new NatsStrategy(app.get(NATS), { ask: { subject: rootSubject.ask(root), busy: () => BUSY } });
  },
});
