import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  searchAnswer,
  searchParameters,
  suggestAnswer,
  suggestParameters,
  type SearchParameters,
  type SuggestParameters,
} from '@shoal/contracts';
import { Admission } from '../admission/admit.js';
import { ApiProblems } from '../http/openapi.js';
import { SearchService } from './search.service.js';

const JSON_TYPE = 'application/json; charset=utf-8';

@ApiTags('search')
@Controller('api')
export class SearchController {
  constructor(private readonly searches: SearchService) {}

  @Get('search')
  @Admission('search')
  @Header('content-type', JSON_TYPE)
  @ApiOperation({
    summary: 'Search all documents, ranked by BM25',
    description: 'An answer that does not cover all shards is marked in `coverage`.',
  })
  @ApiOkResponse({ standardSchema: searchAnswer })
  @ApiProblems(400, 413, 503)
  search(@Query({ schema: searchParameters }) parameters: SearchParameters): Promise<string> {
    return this.searches.search(parameters);
  }

  @Get('suggest')
  @Admission('search')
  @Header('content-type', JSON_TYPE)
  @ApiOperation({ summary: 'Complete titles as one types' })
  @ApiOkResponse({ standardSchema: suggestAnswer })
  @ApiProblems(400, 503)
  suggest(@Query({ schema: suggestParameters }) parameters: SuggestParameters): Promise<string> {
    return this.searches.suggest(parameters);
  }
}
