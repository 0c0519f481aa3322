import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { clusterView, type ClusterView } from '@shoal/contracts';
import { ApiProblems } from '../http/openapi.js';
import { ClusterViewService } from './cluster-view.service.js';

@ApiTags('cluster')
@Controller('api/cluster')
export class ClusterController {
  constructor(private readonly cluster: ClusterViewService) {}

  @Get()
  @ApiOperation({ summary: 'Who holds what, who leads, and how busy everybody is' })
  @ApiOkResponse({ standardSchema: clusterView })
  @ApiProblems(503)
  view(): ClusterView {
    return this.cluster.view();
  }
}
