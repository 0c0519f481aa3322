import { run } from '@shoal/runtime';
import { ConfigSyncModule } from './config-sync.module.js';

await run(ConfigSyncModule, { service: 'config-sync' });
