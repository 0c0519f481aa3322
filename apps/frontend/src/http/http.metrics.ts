import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { activeSpan, observeTraced, traceparentOf } from '@shoal/telemetry';
import type { FastifyReply } from 'fastify';
import { Histogram, Registry } from 'prom-client';
import { routeOf } from './route.js';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Methods that may appear in a label; clients can invent others. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'];

/**
 * Counts and times every response, including those rejected before Nest and those whose client had disconnected. Labels are
 * the route's template and the status class, because client input must not create labels. Named by OpenTelemetry's conventions.
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
    // Fastify's own hook does not run for a client that disconnects early, and such a request counts as well.
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

/** Server-sent events last as long as their client listens, which is no latency. */
function isStream(reply: FastifyReply): boolean {
  return String(reply.raw.getHeader('content-type')).startsWith('text/event-stream');
}
