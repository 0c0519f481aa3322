import { run } from '@shoal/service';
import { ConfigSyncModule } from './config-sync.module.js';

await run(ConfigSyncModule, { service: 'config-sync' });
