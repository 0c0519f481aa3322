import { Module } from '@nestjs/common';
import { identityOf, settingsModule } from '@shoal/runtime';
import { TelemetryModule } from '@shoal/telemetry';
import { NatsMetrics } from './metrics.js';
import { Monitoring, natsAdapterSettings } from './monitoring.js';
import { NatsHealth } from './nats-health.js';

/** Translates one nats-server's monitoring into Prometheus metrics and a readiness probe. */
@Module({
  imports: [settingsModule(natsAdapterSettings), TelemetryModule.forRoot(identityOf('nats-adapter'))],
  providers: [Monitoring, NatsMetrics, NatsHealth],
})
export class NatsAdapterModule {}
