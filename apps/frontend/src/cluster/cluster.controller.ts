import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { clusterView, noParameters, type ClusterView } from '@shoal/contracts';
import { ApiProblems } from '../http/openapi.js';
import { ClusterStateService } from './cluster-state.service.js';

@ApiTags('cluster')
@Controller('api/cluster')
export class ClusterController {
  constructor(private readonly cluster: ClusterStateService) {}

  @Get()
  @ApiOperation({ summary: 'Shards, replicas and members with their states and load, and the leader' })
  @ApiOkResponse({ standardSchema: clusterView })
  @ApiProblems(400, 503)
  view(@Query({ schema: noParameters }) _: object): ClusterView {
    return this.cluster.view();
  }
}
