import { run } from '@shoal/service';
import { NatsAdapterModule } from './nats-adapter.module.js';

await run(NatsAdapterModule, { service: 'nats-adapter' });
