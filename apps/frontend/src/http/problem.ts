import { STATUS_CODES } from 'node:http';
import type { Problem } from '@shoal/contracts';
import type { FastifyReply } from 'fastify';

/** Answers with `application/problem+json` (RFC 9457). Also for errors that arise before Nest is asked, as in a path. */
export function sendProblem(reply: FastifyReply, status: number, detail: string, instance: string): void {
  const problem: Problem = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    instance,
  };
  void reply.status(status).type('application/problem+json; charset=utf-8').send(JSON.stringify(problem));
}
