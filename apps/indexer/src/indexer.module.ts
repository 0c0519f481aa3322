import { Module } from '@nestjs/common';
import { ClusterModule, identityOf, NatsModule, settingsModule } from '@shoal/service';
import { TelemetryModule } from '@shoal/telemetry';
import { IndexerMetrics } from './indexer.metrics.js';
import { OwnerService } from './owner.service.js';
import { Sequencer } from './sequencer.js';
import { indexerSettings } from './settings.js';
import { Statistician } from './statistician.js';
import { StreamsService } from './streams.service.js';
import { Topologist } from './topologist.js';

/** An indexer: campaigns for ownership; the one that owns sequences documents, assigns places, reduces statistics. */
@Module({
  imports: [
    settingsModule(indexerSettings),
    TelemetryModule.forRoot(identityOf('indexer')),
    NatsModule,
    ClusterModule,
  ],
  providers: [StreamsService, OwnerService, Sequencer, Topologist, Statistician, IndexerMetrics],
})
export class IndexerModule {}
