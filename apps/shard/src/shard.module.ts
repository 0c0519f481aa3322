import { Module } from '@nestjs/common';
import { FaultsModule, identityOf, NatsModule, settingsModule, settingsSchema } from '@shoal/runtime';
import { TelemetryModule } from '@shoal/telemetry';
import { QueryExecutor } from './query/query-executor.js';
import { AppliedController } from './protocol/applied.controller.js';
import { QueryController } from './query/query.controller.js';
import { ReplicaMetrics } from './replica/replica.metrics.js';
import { LostReplies } from './faults/lost-replies.js';
import { SlowReplica } from './faults/slow-replica.js';
import { HeartbeatService } from './protocol/heartbeat.service.js';
import { ReplicaService } from './replica/replica.service.js';
import { AssignmentWatcher } from './replica/assignment-watcher.js';
import { ShardMetrics } from './query/shard.metrics.js';
import { StatisticsController } from './protocol/statistics.controller.js';
import { TracedAnswers } from './query/traced-answers.js';

/** A shard process: takes the place the leader gives it, replays its partitions, answers queries about them. */
@Module({
  imports: [
    settingsModule(settingsSchema),
    TelemetryModule.forRoot(identityOf('shard')),
    NatsModule,
    FaultsModule,
  ],
  controllers: [QueryController, AppliedController, StatisticsController],
  providers: [
    QueryExecutor,
    HeartbeatService,
    ReplicaMetrics,
    LostReplies,
    ReplicaService,
    AssignmentWatcher,
    ShardMetrics,
    SlowReplica,
    TracedAnswers,
  ],
})
export class ShardModule {}
