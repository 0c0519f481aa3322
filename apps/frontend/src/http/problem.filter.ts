import { STATUS_CODES } from 'node:http';
import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { errors } from '@nats-io/transport-node';
import type { Problem } from '@shoal/contracts';
import { PublishTimeoutError, QueueFullError } from '@shoal/document-log';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BulkInterruptedError } from '../documents/bulk-load.js';
import { DocumentTooLargeError } from '../documents/documents.service.js';
import { NotYetError } from '../documents/intake.service.js';
import { RootUnavailableError } from '../search/roots.service.js';
import { PageTooLargeError } from '../search/search.service.js';

/** Seconds after which a client that was sent away should come back. */
const RETRY_AFTER_SECONDS = 1;

const UNAVAILABLE = [
  RootUnavailableError,
  NotYetError,
  BulkInterruptedError,
  QueueFullError,
  PublishTimeoutError,
];
const TOO_LARGE = [PageTooLargeError, DocumentTooLargeError];

/** Every error as `application/problem+json` (RFC 9457), with a detail that says what to do. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('http');

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const { url } = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const { status, detail } = this.read(error);
    if (status === 503) void reply.header('retry-after', RETRY_AFTER_SECONDS);
    sendProblem(reply, status, detail, url);
  }

  private read(error: unknown): { status: number; detail: string } {
    if (isOneOf(error, UNAVAILABLE)) return { status: 503, detail: error.message };
    if (isOneOf(error, TOO_LARGE)) return { status: 413, detail: error.message };
    if (error instanceof HttpException) return { status: error.getStatus(), detail: detailOf(error) };
    if (isNatsError(error)) {
      return {
        status: 503,
        detail: `the message broker did not answer (${error.message}): try again in a few seconds`,
      };
    }
    // Fastify's own errors: a body that is too large, is not JSON, has an unknown content type.
    const { statusCode, message } = error as { statusCode?: number; message?: string };
    if (statusCode && statusCode < 500)
      return { status: statusCode, detail: adviseOn(statusCode, message ?? '') };
    this.logger.error(error);
    return { status: 500, detail: 'this is a fault of the server; its log says more' };
  }
}

/** Also for errors that arise before Nest is asked, such as a path that cannot be decoded. */
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

function detailOf(error: HttpException): string {
  const response = error.getResponse();
  const { message } =
    typeof response === 'string' ? { message: response } : (response as { message?: unknown });
  if (error.getStatus() === 404 && typeof message === 'string' && message.startsWith('Cannot ')) {
    return `there is nothing here: see /api/docs; in an id, write "/" as %2F`;
  }
  return adviseOn(error.getStatus(), typeof message === 'string' ? message : error.message);
}

/** What Fastify says is true but does not say what to do. */
function adviseOn(status: number, message: string): string {
  if (status === 413)
    return 'the body is too large: a document may have 256 KiB; send many as NDJSON to POST /api/documents';
  if (status === 415)
    return message.startsWith('send ')
      ? message
      : 'send one document (PUT) as content-type: application/json, many (POST) as application/x-ndjson';
  if (message.startsWith('Body is not valid JSON'))
    return 'the body is not valid JSON: mend it and send it again';
  if (message.startsWith('Body cannot be empty')) return 'the body is empty: send the document as JSON';
  return message;
}

function isOneOf(error: unknown, kinds: (new (...args: never[]) => Error)[]): error is Error {
  return kinds.some((kind) => error instanceof kind);
}

function isNatsError(error: unknown): error is Error {
  return (
    error instanceof errors.TimeoutError ||
    error instanceof errors.NoRespondersError ||
    error instanceof errors.RequestError ||
    error instanceof errors.ConnectionError ||
    error instanceof errors.ClosedConnectionError ||
    error instanceof errors.DrainingConnectionError
  );
}
