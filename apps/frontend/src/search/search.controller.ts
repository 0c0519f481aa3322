import { Controller, Get, Header, Headers, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  searchAnswer,
  searchParameters,
  suggestAnswer,
  suggestParameters,
  type SearchParameters,
  type SuggestParameters,
} from '@shoal/contracts';
import { newTraceparent, parseTraceparent } from '@shoal/telemetry';
import { ApiProblems } from '../http/openapi.js';
import { SearchService } from './search.service.js';

const JSON_TYPE = 'application/json; charset=utf-8';

@ApiTags('search')
@Controller('api')
export class SearchController {
  constructor(private readonly searches: SearchService) {}

  @Get('search')
  @Header('content-type', JSON_TYPE)
  @ApiOperation({
    summary: 'Search all documents, ranked by BM25',
    description: 'An answer that does not speak for all shards says so in `coverage`.',
  })
  @ApiOkResponse({ standardSchema: searchAnswer })
  @ApiProblems(400, 413, 503)
  search(
    @Query({ schema: searchParameters }) parameters: SearchParameters,
    @Headers('traceparent') traceparent?: string,
  ): Promise<string> {
    return this.searches.search(parameters, contextOf(traceparent));
  }

  @Get('suggest')
  @Header('content-type', JSON_TYPE)
  @ApiOperation({ summary: 'Complete titles as one types' })
  @ApiOkResponse({ standardSchema: suggestAnswer })
  @ApiProblems(400, 503)
  suggest(
    @Query({ schema: suggestParameters }) parameters: SuggestParameters,
    @Headers('traceparent') traceparent?: string,
  ): Promise<string> {
    return this.searches.suggest(parameters, contextOf(traceparent));
  }
}

/** The caller's trace goes on; without a valid one a new trace begins here. */
function contextOf(traceparent: string | undefined): string {
  return parseTraceparent(traceparent) ? traceparent! : newTraceparent();
}
