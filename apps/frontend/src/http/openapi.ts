import { applyDecorators } from '@nestjs/common';
import { ApiResponse, type ApiResponseOptions, DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { problem } from '@shoal/contracts';
import { z } from 'zod';

const MEANING: Record<number, string> = {
  400: 'the request is wrong; `detail` says how to mend it',
  404: 'there is no such document',
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

/** OpenAPI 3.1 at `/api/openapi.json`, made of the same schemas that check the requests; a page to try it at `/api/docs`. */
export function serveOpenApi(app: NestFastifyApplication): void {
  const description = new DocumentBuilder()
    .setTitle('Shoal')
    .setDescription('A distributed search engine small enough to read and real enough to break.')
    .setVersion('0.1.0')
    .setOpenAPIVersion('3.1.0')
    .build();
  SwaggerModule.setup('api/docs', app, () => SwaggerModule.createDocument(app, description), {
    jsonDocumentUrl: 'api/openapi.json',
    customSiteTitle: 'Shoal API',
  });
}
