import { run } from '@shoal/runtime';
import { NatsAdapterModule } from './nats-adapter.module.js';

await run(NatsAdapterModule, { service: 'nats-adapter' });
