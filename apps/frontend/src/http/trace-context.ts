import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { newTraceparent, parseTraceparent } from '@shoal/telemetry';
import type { FastifyRequest } from 'fastify';

/** The request's W3C trace context: the caller's trace goes on; without a valid one a new trace begins here. */
export const TraceContext = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  const { traceparent } = context.switchToHttp().getRequest<FastifyRequest>().headers;
  return typeof traceparent === 'string' && parseTraceparent(traceparent) ? traceparent : newTraceparent();
});
