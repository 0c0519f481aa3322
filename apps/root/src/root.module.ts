import { Module } from '@nestjs/common';
import {
  ClusterModule,
  FaultsModule,
  identityOf,
  NatsModule,
  settingsModule,
  settingsSchema,
} from '@shoal/service';
import { TelemetryModule } from '@shoal/telemetry';
import { AskController } from './ask.controller.js';
import { SilentShards } from './faults/silent-shards.js';
import { HeartbeatService } from './heartbeat.service.js';
import { RootMetrics } from './root.metrics.js';
import { SearchService } from './search.service.js';
import { ShardsMetrics } from './shards.metrics.js';
import { ShardsService } from './shards.service.js';
import { StatisticsService } from './statistics.service.js';
import { SuggestService } from './suggest.service.js';

/** A root: fans a query out to one replica of every shard, gathers within its time, merges. Stateless but for statistics. */
@Module({
  imports: [
    settingsModule(settingsSchema),
    TelemetryModule.forRoot(identityOf('root')),
    NatsModule,
    ClusterModule,
    FaultsModule,
  ],
  controllers: [AskController],
  providers: [
    HeartbeatService,
    RootMetrics,
    SearchService,
    ShardsMetrics,
    ShardsService,
    SilentShards,
    StatisticsService,
    SuggestService,
  ],
})
export class RootModule {}
