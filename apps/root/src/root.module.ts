import { Module } from '@nestjs/common';
import {
  ClusterModule,
  FaultsModule,
  identityOf,
  NatsModule,
  settingsModule,
  settingsSchema,
} from '@shoal/runtime';
import { TelemetryModule } from '@shoal/telemetry';
import { QueryController } from './query.controller.js';
import { SilentShards } from './faults/silent-shards.js';
import { HeartbeatService } from './heartbeat.service.js';
import { RootMetrics } from './root.metrics.js';
import { SearchService } from './search.service.js';
import { ShardsMetrics } from './shards.metrics.js';
import { ShardClient } from './shard-client.js';
import { TermStatisticsService } from './term-statistics.service.js';
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
  controllers: [QueryController],
  providers: [
    HeartbeatService,
    RootMetrics,
    SearchService,
    ShardsMetrics,
    ShardClient,
    SilentShards,
    TermStatisticsService,
    SuggestService,
  ],
})
export class RootModule {}
