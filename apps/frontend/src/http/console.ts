import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';

/** Only what this page brings along may run in it; a document's text is never code. */
const CONTENT_POLICY =
  "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** Serves the console at `/` and at the paths that it routes itself. */
export async function serveConsole(app: NestFastifyApplication): Promise<void> {
  const root = join(fileURLToPath(import.meta.resolve('@shoal/console/package.json')), '..', 'dist');
  if (!existsSync(root)) {
    new Logger('console').warn('the console is not built: run npm run build, then start again');
    return;
  }
  const fastify = app.getHttpAdapter().getInstance();
  await fastify.register(fastifyStatic, { root, setHeaders });
  for (const path of ['/cluster', '/faults'])
    fastify.get(path, (_request, reply) => reply.sendFile('index.html'));
}

function setHeaders(response: FastifyReply, path: string): void {
  // Files are named by their content, the page itself is not.
  const immutable = path.includes('/assets/');
  void response.header('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
  if (path.endsWith('.html')) void response.header('content-security-policy', CONTENT_POLICY);
}
