import { Module } from '@nestjs/common';
import { ClusterModule, FaultsModule, identityOf, NatsModule, settingsModule } from '@shoal/service';
import { TelemetryModule } from '@shoal/telemetry';
import { buckets } from './buckets.js';
import { PausedLeader } from './faults/paused-leader.js';
import { IndexerMetrics } from './indexer.metrics.js';
import { OwnerService } from './owner.service.js';
import { OwnershipMetrics } from './ownership.metrics.js';
import { Sequencer } from './sequencer.js';
import { indexerSettings } from './settings.js';
import { Statistician } from './statistician.js';
import { StreamsMetrics } from './streams.metrics.js';
import { StreamsService } from './streams.service.js';
import { Topologist } from './topologist.js';
import { TopologyMetrics } from './topology.metrics.js';

/** An indexer: campaigns for ownership; the one that owns sequences documents, assigns places, reduces statistics. */
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
    OwnerService,
    Sequencer,
    Topologist,
    Statistician,
    IndexerMetrics,
    OwnershipMetrics,
    StreamsMetrics,
    TopologyMetrics,
    PausedLeader,
  ],
})
export class IndexerModule {}
