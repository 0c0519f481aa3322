import type { Answered } from './search.service.js';

/** Bytes of hits that one reply may carry: it has to fit into a NATS message. */
const REPLY_BYTES = 6 * 1024 * 1024;

/** The room of one reply, which the answers of a batch share: who is ready first has it. */
export class ReplySizeBudget {
  private left = REPLY_BYTES;

  /** @returns the answer, or when there is no room for it one that says so */
  fit(one: Answered): Answered {
    this.left -= Buffer.byteLength(one.hits);
    return this.left < 0 && one.hits.length > 2 ? tooMuchAtOnce(one) : one;
  }
}

function tooMuchAtOnce({ answer }: Answered): Answered {
  const detail =
    'too many large pages were asked for at once: try again, or ask for fewer hits with a smaller size';
  return { answer: { ...answer, status: 503, detail }, hits: '[]' };
}
