import { Module } from '@nestjs/common';
import { identityOf, settingsModule } from '@shoal/runtime';
import { TelemetryModule } from '@shoal/telemetry';
import { Monitoring } from './monitoring.js';
import { NatsHealth } from './nats-health.js';
import { NatsMetrics } from './nats.metrics.js';
import { natsAdapterSettings } from './settings.js';

/** Stands beside one nats-server and says in Prometheus' and Kubernetes' words what that says in its own. */
@Module({
  imports: [settingsModule(natsAdapterSettings), TelemetryModule.forRoot(identityOf('nats-adapter'))],
  providers: [Monitoring, NatsMetrics, NatsHealth],
})
export class NatsAdapterModule {}
