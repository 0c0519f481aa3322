import type { IncomingMessage } from 'node:http';
import { BadRequestException } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import { admit } from './admission/admit.js';
import { requireApiKey } from './security/require-api-key.js';
import { rejectForeignHosts } from './security/reject-foreign-hosts.js';
import { secureHeaders, useSecureHeaders } from './security/headers.js';
import { limitRates } from './security/rate-limit.js';
import { textOf } from './http/body.js';
import { serveConsole } from './http/console.js';
import { measureRequests } from './http/http.metrics.js';
import { serveOpenApi } from './http/openapi.js';
import { parseJson } from './http/parse-json.js';
import { sendProblem } from './http/problem.js';
import { traceRequests } from './http/trace-requests.js';

export const NDJSON_TYPE = 'application/x-ndjson';

/** Options of the HTTP server. */
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

/**
 * Registers the request pipeline: the `onRequest` hooks in the order in which they run, the body parsers, the API's description
 * and the console's files.
 */
export async function prepareHttp(app: NestFastifyApplication): Promise<void> {
  traceRequests(app);
  measureRequests(app);
  useSecureHeaders(app);
  rejectForeignHosts(app);
  await limitRates(app);
  const fastify = app.getHttpAdapter().getInstance();
  // Fastify takes plain text by default, which nothing here does: it should be rejected as such.
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
  requireApiKey(app);
  admit(app);
  serveOpenApi(app);
  await serveConsole(app);
}
