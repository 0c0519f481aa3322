import { STATUS_CODES } from 'node:http';
import type { Problem } from '@shoal/contracts';
import { parseTraceparent } from '@shoal/telemetry';
import type { FastifyReply } from 'fastify';
import { TRACE_RESPONSE } from './trace-requests.js';

/** Sends `application/problem+json` (RFC 9457), also for errors before Nest, such as an unreadable path. */
export function sendProblem(reply: FastifyReply, status: number, detail: string, instance: string): void {
  const problem: Problem = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    instance,
    ...traceOf(reply),
  };
  void reply.status(status).type('application/problem+json; charset=utf-8').send(JSON.stringify(problem));
}

function traceOf(reply: FastifyReply): { traceId?: string } {
  const header = reply.getHeader(TRACE_RESPONSE);
  const trace = parseTraceparent(typeof header === 'string' ? header : undefined);
  return trace ? { traceId: trace.traceId } : {};
}
