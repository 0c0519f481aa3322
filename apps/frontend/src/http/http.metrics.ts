import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { activeSpan, observeTraced, traceparentOf } from '@shoal/telemetry';
import type { FastifyReply } from 'fastify';
import { Histogram, Registry } from 'prom-client';
import { routeOf } from './route.js';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Methods that a label may show; whoever likes may invent others. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'];

/**
 * Counts and times every answer, those that are rejected before Nest is asked too, and those that nobody waited for. By the route's template and not its path, and by
 * the class of its status: what clients send must not make labels. Named as OpenTelemetry names it.
 */
export function measureRequests(app: NestFastifyApplication): void {
  const duration = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Time from the arrival of a request until its answer was sent, or its client went away',
    labelNames: ['http_request_method', 'http_route', 'status_class'],
    buckets: SECONDS,
    enableExemplars: true,
    registers: [app.get(Registry)],
  });
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    const began = performance.now();
    const traceparent = traceparentOf(activeSpan());
    // Fastify's own hook is not told of a client that went away before it had its answer: who does not wait for it is no happier.
    reply.raw.once('close', () => {
      if (isStream(reply)) return;
      const labels = {
        http_request_method: METHODS.includes(request.method) ? request.method : '_OTHER',
        http_route: routeOf(request) ?? 'none',
        status_class: reply.raw.writableFinished ? `${Math.floor(reply.statusCode / 100)}xx` : 'aborted',
      };
      observeTraced(duration, labels, (performance.now() - began) / 1000, traceparent);
    });
    done();
  });
}

/** Server-sent events last for as long as somebody listens, which says nothing of how quick an answer is. */
function isStream(reply: FastifyReply): boolean {
  return String(reply.raw.getHeader('content-type')).startsWith('text/event-stream');
}
