import { Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { ClusterModule, FaultsModule, identityOf, NatsModule, settingsModule } from '@shoal/runtime';
import { TelemetryModule } from '@shoal/telemetry';
import { AdmissionService } from './admission/admission.service.js';
import { ClusterController } from './cluster/cluster.controller.js';
import { ClusterStateService } from './cluster/cluster-state.service.js';
import { EventsController } from './cluster/events.controller.js';
import { EventsService } from './cluster/events.service.js';
import { BulkService } from './documents/bulk.service.js';
import { DocumentsController } from './documents/documents.controller.js';
import { DocumentsService } from './documents/documents.service.js';
import { IntakeMetrics } from './documents/intake.metrics.js';
import { IntakePublisher } from './documents/intake-publisher.js';
import { ReadLeases } from './documents/read-leases.js';
import { WriteVisibilityService } from './documents/write-visibility.service.js';
import { FaultsController } from './faults/faults.controller.js';
import { EdgeServer } from './http/edge-server.js';
import { ProblemFilter } from './http/problem.filter.js';
import { validation } from './http/validation.js';
import { ResultCache } from './search/result-cache.js';
import { RootClient } from './search/root-client.js';
import { SearchController } from './search/search.controller.js';
import { SearchMetrics } from './search/search.metrics.js';
import { SearchService } from './search/search.service.js';
import { ApiKeys } from './security/api-keys.js';
import { frontendSettings } from './settings.js';

/** A frontend: the HTTP edge. Stateless but for a cache, so that any number of them may run. */
@Module({
  imports: [
    settingsModule(frontendSettings),
    TelemetryModule.forRoot(identityOf('frontend')),
    NatsModule,
    ClusterModule,
    FaultsModule,
  ],
  controllers: [SearchController, DocumentsController, ClusterController, EventsController, FaultsController],
  providers: [
    { provide: APP_PIPE, useFactory: validation },
    { provide: APP_FILTER, useClass: ProblemFilter },
    AdmissionService,
    ResultCache,
    ApiKeys,
    BulkService,
    ClusterStateService,
    DocumentsService,
    EdgeServer,
    EventsService,
    IntakeMetrics,
    IntakePublisher,
    ReadLeases,
    RootClient,
    WriteVisibilityService,
    SearchMetrics,
    SearchService,
  ],
})
export class FrontendModule {}
