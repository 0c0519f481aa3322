import { Module } from '@nestjs/common';
import { ClusterModule, FaultsModule, identityOf, NatsModule, settingsModule } from '@shoal/runtime';
import { TelemetryModule } from '@shoal/telemetry';
import { buckets } from './buckets.js';
import { PausedLeader } from './leadership/paused-leader.js';
import { IndexerMetrics } from './indexer.metrics.js';
import { LeaderService } from './leadership/leader.service.js';
import { LeadershipMetrics } from './leadership/leadership.metrics.js';
import { Sequencer } from './sequencing/sequencer.js';
import { indexerSettings } from './settings.js';
import { TermStatisticsAggregator } from './statistics/term-statistics-aggregator.js';
import { StreamsMetrics } from './streams.metrics.js';
import { StreamsService } from './streams.service.js';
import { ShardAllocator } from './allocation/shard-allocator.js';
import { TopologyMetrics } from './allocation/topology.metrics.js';

/** An indexer: campaigns for leadership; the one that leads sequences documents, assigns places, reduces statistics. */
@Module({
  imports: [
    settingsModule(indexerSettings),
    TelemetryModule.forRoot(identityOf('indexer')),
    NatsModule,
    ClusterModule,
    FaultsModule,
  ],
  providers: [
    buckets,
    StreamsService,
    LeaderService,
    Sequencer,
    ShardAllocator,
    TermStatisticsAggregator,
    IndexerMetrics,
    LeadershipMetrics,
    StreamsMetrics,
    TopologyMetrics,
    PausedLeader,
  ],
})
export class IndexerModule {}
