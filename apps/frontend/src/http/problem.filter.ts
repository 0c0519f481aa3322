import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { UnknownVersionError } from '@shoal/contracts';
import { LogUnavailableError, PublishTimeoutError, QueueFullError } from '@shoal/nats';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { TooLargeError, UnavailableError } from '../errors.js';
import { adviseOn, detailOf } from './advice.js';
import { sendProblem } from './problem.js';

/** Seconds after which a client that was sent away should come back. */
const RETRY_AFTER_SECONDS = 1;

/** Advice for a write without an acknowledgement, whose outcome is unknown. */
const WRITES: [kind: new (...args: never[]) => Error, detail: string][] = [
  [
    QueueFullError,
    'too many writes wait to be indexed, nothing of this one was stored: send it again in a few seconds',
  ],
  [LogUnavailableError, 'writes cannot be stored now: send it again in a few seconds'],
  [
    PublishTimeoutError,
    'no acknowledgement came in time: the write may be stored already, may be in a moment, or not at all. ' +
      'Send it again: to store or delete a document twice does no harm',
  ],
];
/** Temporary errors whose messages advise a retry. */
const PASSING = [UnavailableError, UnknownVersionError];
/** Errors of an unreachable or unresponsive NATS. */
const BROKER = [
  errors.TimeoutError,
  errors.NoRespondersError,
  errors.RequestError,
  errors.ConnectionError,
  errors.ClosedConnectionError,
  errors.DrainingConnectionError,
  JetStreamApiError,
];

/** Sends every error as `application/problem+json` with a detail that advises the client. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('http');

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const { url, routeOptions } = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const { status, detail } = this.read(error);
    if (status === 503) {
      void reply.header('retry-after', RETRY_AFTER_SECONDS);
      // Shed requests are HttpExceptions: they are only counted, because the process is overloaded.
      if (!(error instanceof HttpException))
        this.logger.warn({ msg: 'a request was answered with 503', route: routeOptions.url, detail });
    }
    // The rest of the body may still come, and is no request.
    if (status === 408) void reply.header('connection', 'close');
    sendProblem(reply, status, detail, url);
  }

  private read(error: unknown): { status: number; detail: string } {
    if (isOneOf(error, PASSING)) return { status: 503, detail: error.message };
    const write = WRITES.find(([kind]) => error instanceof kind);
    if (write) return { status: 503, detail: write[1] };
    if (error instanceof TooLargeError) return { status: 413, detail: error.message };
    if (error instanceof HttpException) return { status: error.getStatus(), detail: detailOf(error) };
    if (isOneOf(error, BROKER)) {
      const detail = `the message broker did not answer (${error.message}): try again in a few seconds`;
      return { status: 503, detail };
    }
    // Fastify's own errors: a body that is too large, is not JSON, has an unknown content type.
    const { statusCode, message = '' } = error as { statusCode?: number; message?: string };
    if (statusCode && statusCode < 500) return { status: statusCode, detail: adviseOn(statusCode, message) };
    this.logger.error(error);
    return { status: 500, detail: 'this is a fault of the server; its log has the details' };
  }
}

function isOneOf(error: unknown, kinds: (new (...args: never[]) => Error)[]): error is Error {
  return kinds.some((kind) => error instanceof kind);
}
