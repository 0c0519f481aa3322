import { Global, Module } from '@nestjs/common';
import { ClusterMetrics } from './cluster.metrics.js';
import { ClusterService } from './cluster.service.js';

@Global()
@Module({ providers: [ClusterService, ClusterMetrics], exports: [ClusterService] })
export class ClusterModule {}
