import { Module } from '@nestjs/common';
import { FaultsModule, identityOf, NatsModule, settingsModule, settingsSchema } from '@shoal/service';
import { TelemetryModule } from '@shoal/telemetry';
import { AnswerService } from './answer.service.js';
import { AppliedController } from './applied.controller.js';
import { AskController } from './ask.controller.js';
import { HoldingsMetrics } from './holdings.metrics.js';
import { LostReplies } from './faults/lost-replies.js';
import { SlowReplica } from './faults/slow-replica.js';
import { HeartbeatService } from './heartbeat.service.js';
import { PartitionsService } from './partitions.service.js';
import { PlaceService } from './place.service.js';
import { ShardMetrics } from './shard.metrics.js';
import { StatisticsController } from './statistics.controller.js';
import { TracedAnswers } from './traced-answers.js';

/** A shard process: takes the place the owner gives it, replays its partitions, answers queries about them. */
@Module({
  imports: [
    settingsModule(settingsSchema),
    TelemetryModule.forRoot(identityOf('shard')),
    NatsModule,
    FaultsModule,
  ],
  controllers: [AskController, AppliedController, StatisticsController],
  providers: [
    AnswerService,
    HeartbeatService,
    HoldingsMetrics,
    LostReplies,
    PartitionsService,
    PlaceService,
    ShardMetrics,
    SlowReplica,
    TracedAnswers,
  ],
})
export class ShardModule {}
