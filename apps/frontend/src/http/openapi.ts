import { applyDecorators } from '@nestjs/common';
import { ApiResponse, type ApiResponseOptions, DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { problem } from '@shoal/contracts';
import { z } from 'zod';

const MEANING: Record<number, string> = {
  400: 'the request is wrong; `detail` says how to mend it',
  401: 'an API key is needed: `Authorization: Bearer KEY` or `X-API-Key: KEY`',
  403: 'not allowed here; `detail` says what would allow it',
  404: 'there is no such thing',
  408: 'the body did not come in time',
  413: 'too large',
  415: 'wrong content type',
  503: 'not now: come back after `Retry-After` seconds',
  504: 'stored, but it takes longer than expected until it can be found',
};

const { $schema: _, ...schema } = z.toJSONSchema(problem);
const PROBLEM = { 'application/problem+json': { schema } } as NonNullable<ApiResponseOptions['content']>;

/** The errors a call can answer with, all as `application/problem+json`. */
export function ApiProblems(...statuses: number[]): MethodDecorator {
  return applyDecorators(
    ...statuses.map((status) => ApiResponse({ status, description: MEANING[status]!, content: PROBLEM })),
  );
}

/** Swagger's page brings its scripts along and writes its styles into itself. */
const DOCS_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; " +
  "form-action 'self'; frame-ancestors 'none'";

/** OpenAPI 3.1 at `/api/openapi.json`, made of the same schemas that check the requests; a page to try it at `/api/docs`. */
export function serveOpenApi(app: NestFastifyApplication): void {
  const description = new DocumentBuilder()
    .setTitle('Shoal')
    .setDescription(
      'A distributed search engine small enough to read and real enough to break. Any call may be rejected with 429 and ' +
        '`Retry-After`, when its client sends more than SHOAL_RATE_LIMIT requests in a second.',
    )
    .setVersion('0.1.0')
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'one of SHOAL_API_KEYS' })
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'the same' }, 'api-key')
    .build();
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', ({ url }, reply, done) => {
      if (url.startsWith('/api/docs')) void reply.header('content-security-policy', DOCS_POLICY);
      done();
    });
  SwaggerModule.setup('api/docs', app, () => SwaggerModule.createDocument(app, description), {
    jsonDocumentUrl: 'api/openapi.json',
    customSiteTitle: 'Shoal API',
  });
}
