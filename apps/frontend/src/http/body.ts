import type { Readable } from 'node:stream';
import { BadRequestException, PayloadTooLargeException, RequestTimeoutException } from '@nestjs/common';
import { MAX_DOCUMENT_BYTES } from '@shoal/contracts';

/** JSON of a document may be written with more bytes than it is stored with: spaces, \u escapes. */
const MAX_BYTES = 2 * MAX_DOCUMENT_BYTES;
/** Time limit for the body of one document, in ms. */
const WHOLE_MS = 10_000;
/**
 * Amount of an oversized body to discard before the 413, in bytes and ms. An earlier close would reset clients that are still
 * sending (Envoy reports that as 503).
 */
const REST_BYTES = 8 * 1024 * 1024;
const REST_MS = 1_000;

/**
 * Returns the text of a body of at most half a megabyte, within a time limit. Otherwise a client that sends no body would hold
 * its admission for ever.
 * @throws PayloadTooLargeException, and RequestTimeoutException when the body is incomplete after `wholeMs`
 */
export async function textOf(body: Readable, wholeMs = WHOLE_MS): Promise<string> {
  let deadline = performance.now() + wholeMs;
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of inTime(body, () => deadline - performance.now())) {
      const before = bytes;
      bytes += chunk.length;
      if (bytes <= MAX_BYTES) chunks.push(chunk);
      else if (before <= MAX_BYTES) deadline = Math.min(deadline, performance.now() + REST_MS);
      if (bytes > MAX_BYTES + REST_BYTES) break;
    }
  } catch (error) {
    if (bytes <= MAX_BYTES) throw error;
  }
  if (bytes > MAX_BYTES) throw new PayloadTooLargeException();
  return Buffer.concat(chunks).toString();
}

/**
 * Yields the pieces of a body as they arrive; only the waits count. Unlike the stream's own iterator it leaves the connection
 * open at an early end, so that a response can be sent.
 * @param patienceMs returns the time limit for the next piece, in ms
 * @throws RequestTimeoutException when a piece takes longer, BadRequestException when the client disconnects
 */
export async function* inTime(body: Readable, patienceMs: () => number): AsyncGenerator<Buffer> {
  const pieces = body.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  for (;;) {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new RequestTimeoutException(LATE)), patienceMs());
    const coming = pieces.next().catch((error: unknown) => {
      throw new BadRequestException('the body broke off', { cause: error });
    });
    const { done, value } = await Promise.race([coming, late.promise]).finally(() => clearTimeout(timer));
    if (done) return;
    yield value;
  }
}

const LATE = 'the body did not come in time, nothing of it was stored: send the request again';
