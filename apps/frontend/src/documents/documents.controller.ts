import { Readable } from 'node:stream';
import {
  BadRequestException,
  Body,
  Controller,
  Delete,
  GatewayTimeoutException,
  Get,
  Header,
  HttpCode,
  NotFoundException,
  Param,
  Post,
  Put,
  Query,
  Req,
  Res,
  UnsupportedMediaTypeException,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiConsumes,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import {
  bulkResult,
  document,
  documentId,
  noParameters,
  putBody,
  putParameters,
  stored,
  type BulkResult,
  type PutBody,
  type PutParameters,
  type Stored,
} from '@shoal/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Admission } from '../admission/admit.js';
import { ApiProblems } from '../http/openapi.js';
import { NDJSON_TYPE } from '../pipeline.js';
import { NeedsKey } from '../security/needs-key.js';
import { BulkService } from './bulk.service.js';
import { DocumentsService } from './documents.service.js';
import { WriteVisibilityService } from './write-visibility.service.js';

@ApiTags('documents')
@Controller('api/documents')
export class DocumentsController {
  constructor(
    private readonly documents: DocumentsService,
    private readonly bulk: BulkService,
    private readonly searchable: WriteVisibilityService,
  ) {}

  @Put(':id')
  @NeedsKey()
  @Admission('write')
  @ApiOperation({ summary: 'Add or replace a document', description: '202 once it is stored durably.' })
  @ApiAcceptedResponse({ standardSchema: stored, description: 'stored; searchable within a second' })
  @ApiOkResponse({ standardSchema: stored, description: 'with wait=searchable: it can be found' })
  @ApiProblems(400, 408, 413, 415, 503, 504)
  async put(
    @Param('id', { schema: documentId }) id: string,
    @Body({ schema: putBody }) { id: named = id, ...body }: PutBody,
    @Query({ schema: putParameters }) { wait }: PutParameters,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Stored> {
    if (named !== id) {
      throw new BadRequestException(
        `the path names document ${JSON.stringify(id)}, the body ${JSON.stringify(named)}: leave id out of the body`,
      );
    }
    const accepted = await this.documents.put(id, body);
    reply.status(wait ? 200 : 202);
    if (wait && !(await this.searchable.waitUntilSearchable(accepted))) {
      throw new GatewayTimeoutException(
        `the document is stored (sequence ${accepted.sequence}), but not every replica can find it yet: search again in a moment`,
      );
    }
    return accepted;
  }

  @Post()
  @NeedsKey()
  @Admission('bulk')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Add or replace many documents',
    description:
      'One JSON document a line, streamed, of any number. A wrong line is reported and stops nothing else.',
  })
  @ApiConsumes(NDJSON_TYPE)
  @ApiBody({ schema: { type: 'string', example: '{"id":"1","title":"Dog","text":"A dog barks."}\n' } })
  @ApiOkResponse({ standardSchema: bulkResult })
  @ApiProblems(400, 408, 415, 503)
  async post(
    @Req() request: FastifyRequest,
    @Query({ schema: noParameters }) _: object,
  ): Promise<BulkResult> {
    if (!(request.body instanceof Readable)) {
      throw new UnsupportedMediaTypeException(
        `send one JSON document a line with content-type: ${NDJSON_TYPE}; a single document goes to PUT /api/documents/{id}`,
      );
    }
    return this.bulk.store(request.body);
  }

  @Get(':id')
  @Admission('read')
  @Header('content-type', 'application/json; charset=utf-8')
  @ApiOperation({ summary: 'The stored document' })
  @ApiOkResponse({ standardSchema: document })
  @ApiProblems(400, 404, 503)
  async get(
    @Param('id', { schema: documentId }) id: string,
    @Query({ schema: noParameters }) _: object,
  ): Promise<string> {
    const found = await this.documents.get(id);
    if (found === null) throw new NotFoundException(`there is no document ${JSON.stringify(id)}`);
    return found;
  }

  @Delete(':id')
  @NeedsKey()
  @Admission('write')
  @HttpCode(202)
  @ApiOperation({ summary: 'Delete a document', description: 'Deleting one that is not there is no error.' })
  @ApiAcceptedResponse({ standardSchema: stored })
  @ApiProblems(400, 503)
  delete(
    @Param('id', { schema: documentId }) id: string,
    @Query({ schema: noParameters }) _: object,
  ): Promise<Stored> {
    return this.documents.delete(id);
  }
}
