import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ATTRIBUTE } from '@shoal/contracts';
import { endSpan, failSpan, inSpan, SpanKind, startSpan, traceparentOf, type Span } from '@shoal/telemetry';
import {
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
  ATTR_URL_PATH,
  ATTR_URL_SCHEME,
} from '@opentelemetry/semantic-conventions';
import type { FastifyRequest } from 'fastify';
import { routeOf } from './route.js';

/** Latency from which an answer counts as slow, in ms. The gateway's tail sampling and the alerts' objective use the same value (configuration.spec.ts). */
export const SLOW_MS = 250;

/** Header of every answer that has a trace: W3C Trace Context, draft of level 2, §4. */
export const TRACE_RESPONSE = 'traceresponse';

/** Routes that are traced: API calls, without probes, the console's files and the event stream, which may last for days. */
const TRACED = /^\/api\/(search|suggest|documents|cluster|faults)\b/;
/** Unknown paths under /api are traced, too, so that a 404 can be looked up. */
const API = /^\/api([/?]|$)/;
/** The route of the page's files, which takes whatever no other one does. */
const FILES = '/*';

/**
 * A span for every request to the API, from its head to the end of its answer: the beginning of a trace, or the caller's trace goes on. A hook before
 * all others, so that it sees what they reject.
 */
export function traceRequests(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    const route = namedRouteOf(request);
    if (!(route === undefined ? API : TRACED).test(route ?? request.url)) return done();
    const began = performance.now();
    const span = begin(request, route);
    void reply.header(TRACE_RESPONSE, traceparentOf(span));
    // Also when the client goes away before it has its answer.
    reply.raw.once('close', () => {
      if (reply.raw.writableFinished) answered(span, reply.statusCode);
      else aborted(span, performance.now() - began);
      endSpan(span);
    });
    inSpan(span, done);
  });
}

/** @returns undefined when no route has it but that of the page's files */
function namedRouteOf(request: FastifyRequest): string | undefined {
  const route = routeOf(request);
  return route === FILES ? undefined : route;
}

function begin({ method, url, protocol, headers }: FastifyRequest, route: string | undefined): Span {
  const { traceparent } = headers;
  const name = route === undefined ? method : `${method} ${route}`;
  return startSpan(name, typeof traceparent === 'string' ? traceparent : undefined, {
    kind: SpanKind.SERVER,
    attributes: {
      [ATTR_HTTP_REQUEST_METHOD]: method,
      ...(route === undefined ? {} : { [ATTR_HTTP_ROUTE]: route }),
      // Without the query string: search terms are private.
      [ATTR_URL_PATH]: url.split('?', 1)[0]!,
      [ATTR_URL_SCHEME]: protocol,
    },
  });
}

function answered(span: Span, status: number): void {
  span.setAttribute(ATTR_HTTP_RESPONSE_STATUS_CODE, status);
  if (status >= 500) failSpan(span, String(status));
}

/** Marks an aborted request as failed only after SLOW_MS: a client that disconnects early has usually typed on. */
function aborted(span: Span, tookMs: number): void {
  span.setAttribute(ATTRIBUTE.aborted, true);
  if (tookMs >= SLOW_MS) failSpan(span, 'aborted', 'the client went away');
}
