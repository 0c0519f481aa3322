import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { endSpan, failSpan, inSpan, SpanKind, startSpan, traceparentOf, type Span } from '@shoal/telemetry';
import {
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
  ATTR_URL_PATH,
  ATTR_URL_SCHEME,
} from '@opentelemetry/semantic-conventions';
import type { FastifyRequest } from 'fastify';

/** Header of every answer that has a trace: W3C Trace Context, draft of level 2, §4. */
export const TRACE_RESPONSE = 'traceresponse';

/** What a client asks for in one request; neither probes nor the page's files, nor the stream of events, which may last for days. */
const TRACED = /^\/api\/(search|suggest|documents|cluster|faults)\b/;

/**
 * A span for every request to the API, from its head to the end of its answer: the beginning of a trace, or the caller's trace goes on. A hook before
 * all others, so that it sees what they refuse.
 */
export function traceRequests(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    const route = request.routeOptions.url;
    if (!route || !TRACED.test(route)) return done();
    const span = begin(request, route);
    void reply.header(TRACE_RESPONSE, traceparentOf(span));
    // Also when the client goes away before it has its answer.
    reply.raw.once('close', () => finish(span, reply.statusCode, reply.raw.writableFinished));
    inSpan(span, done);
  });
}

function begin({ method, url, protocol, headers }: FastifyRequest, route: string): Span {
  const { traceparent } = headers;
  return startSpan(`${method} ${route}`, typeof traceparent === 'string' ? traceparent : undefined, {
    kind: SpanKind.SERVER,
    attributes: {
      [ATTR_HTTP_REQUEST_METHOD]: method,
      [ATTR_HTTP_ROUTE]: route,
      // Without the query: what somebody searches for is his own business.
      [ATTR_URL_PATH]: url.split('?', 1)[0]!,
      [ATTR_URL_SCHEME]: protocol,
    },
  });
}

function finish(span: Span, status: number, answered: boolean): void {
  if (answered) span.setAttribute(ATTR_HTTP_RESPONSE_STATUS_CODE, status);
  if (!answered) failSpan(span, 'aborted', 'the client went away');
  else if (status >= 500) failSpan(span, String(status));
  endSpan(span);
}
