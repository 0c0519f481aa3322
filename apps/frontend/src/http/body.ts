import type { Readable } from 'node:stream';
import { BadRequestException, PayloadTooLargeException, RequestTimeoutException } from '@nestjs/common';
import { MAX_DOCUMENT_BYTES } from '@shoal/contracts';

/** JSON of a document may be written with more bytes than it is stored with: spaces, \u escapes. */
const MAX_BYTES = 2 * MAX_DOCUMENT_BYTES;
/** How long the body of one document may take, in ms. */
const WHOLE_MS = 10_000;
/**
 * Of a body that is too large so much more is read and forgotten before that is said, in bytes and ms. The connection is closed then, and who is
 * still sending may see that and not the answer: an Envoy makes a 503 of it.
 */
const REST_BYTES = 8 * 1024 * 1024;
const REST_MS = 1_000;

/**
 * The text of a body of at most half a megabyte. Who sends the head of a request and no body would otherwise keep its place
 * among those under way for ever.
 * @throws PayloadTooLargeException, and RequestTimeoutException when it is not there after `wholeMs`
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
 * The pieces of a body as they come; only the time in which one is waited for counts. Unlike the stream's own iterator it
 * leaves the connection open at an early end, so that an answer can be given.
 * @param patienceMs how long the next piece may take, asked for each
 * @throws RequestTimeoutException when it takes longer, BadRequestException when the sender goes away
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
