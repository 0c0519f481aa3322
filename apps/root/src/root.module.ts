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
import { SilentShards } from './silent-shards.js';
import { HeartbeatService } from './heartbeat.service.js';
import { RootMetrics, ShardClientMetrics } from './metrics.js';
import { SearchService } from './search.service.js';
import { ShardClient } from './shard-client.js';
import { TermStatisticsService } from './term-statistics.service.js';
import { SuggestService } from './suggest.service.js';

/** Root: scatters a query to one replica of every shard, gathers until the deadline, and merges. Its only state is the statistics. */
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
    ShardClientMetrics,
    ShardClient,
    SilentShards,
    TermStatisticsService,
    SuggestService,
  ],
})
export class RootModule {}
