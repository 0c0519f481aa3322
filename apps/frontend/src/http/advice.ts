import type { HttpException } from '@nestjs/common';

/** Returns the fault and the advice for an error of Nest. */
export function detailOf(error: HttpException): string {
  const response = error.getResponse();
  const { message } =
    typeof response === 'string' ? { message: response } : (response as { message?: unknown });
  if (error.getStatus() === 404 && typeof message === 'string' && message.startsWith('Cannot ')) {
    return `there is nothing here: see /api/docs; in an id, write "/" as %2F`;
  }
  return adviseOn(error.getStatus(), typeof message === 'string' ? message : error.message);
}

/** Advice for errors of Fastify, whose messages name only the fault. */
export function adviseOn(status: number, message: string): string {
  if (status === 413)
    return 'the body is too large: a document may have 256 KiB; send many as NDJSON to POST /api/documents';
  if (status === 415)
    return message.startsWith('send ')
      ? message
      : 'send one document (PUT) as content-type: application/json, many (POST) as application/x-ndjson';
  return message;
}
