import type { IncomingMessage } from 'node:http';
import { BadRequestException } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import { admit } from '../admission/admit.js';
import { demandKeys } from '../security/demand-keys.js';
import { refuseForeignNames } from '../security/foreign-names.js';
import { secureHeaders, useSecureHeaders } from '../security/headers.js';
import { limitRates } from '../security/rate-limit.js';
import { textOf } from './body.js';
import { serveConsole } from './console.js';
import { measureRequests } from './http.metrics.js';
import { serveOpenApi } from './openapi.js';
import { parseJson } from './parse-json.js';
import { sendProblem } from './problem.js';
import { traceRequests } from './trace-requests.js';

export const NDJSON_TYPE = 'application/x-ndjson';

/** What the HTTP server is made with. */
export const serverOptions: FastifyServerOptions = {
  // An id of 256 bytes, each written as %XX, and room to say politely that a longer one is too long.
  routerOptions: { maxParamLength: 8192 },
  // At the end, requests under way are finished and idle connections closed.
  forceCloseConnections: 'idle',
  // These come before any hook.
  frameworkErrors: (error: Error & { statusCode?: number }, request: FastifyRequest, reply: FastifyReply) =>
    secureHeaders(request.raw, reply.raw, () =>
      sendProblem(reply, error.statusCode ?? 400, `the path cannot be read: ${error.message}`, request.url),
    ),
};

/** What is not a controller: streamed bodies, the API's description, the console's files. */
export async function prepareHttp(app: NestFastifyApplication): Promise<void> {
  traceRequests(app);
  measureRequests(app);
  useSecureHeaders(app);
  refuseForeignNames(app);
  await limitRates(app);
  const fastify = app.getHttpAdapter().getInstance();
  // Fastify takes plain text by default, which nothing here does: it should be refused as such.
  fastify.removeContentTypeParser(['text/plain', 'application/json']);
  fastify.addContentTypeParser(
    'application/json',
    async (request: FastifyRequest, payload: IncomingMessage) => {
      const body = await textOf(payload);
      // Many clients name a content type also where there is no content.
      if (body === '' && request.method === 'DELETE') return undefined;
      try {
        return parseJson(body);
      } catch (error) {
        throw new BadRequestException(`the body: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
  );
  // The stream itself is the body: it is read line by line, as fast as its documents are stored.
  fastify.addContentTypeParser(
    [NDJSON_TYPE, 'application/ndjson', 'application/jsonl'],
    (_request, payload, done) => done(null, payload),
  );
  demandKeys(app);
  admit(app);
  serveOpenApi(app);
  await serveConsole(app);
}
