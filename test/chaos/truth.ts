import type { Write } from './history.ts';

/** When a question was sent and its answer received, in ms of the clock that the writers use. */
export interface Span {
  sentAt: number;
  receivedAt: number;
}

/** Versions that an answer may know: sent before it came, and not replaced by one confirmed before it was asked. */
export function searchable(writes: readonly Write[], { sentAt, receivedAt }: Span): Write[] {
  return candidates(writes, receivedAt, ({ confirmedAt }) => confirmedAt <= sentAt);
}

/**
 * Versions that a read by id may return: not replaced by one acknowledged before it was asked. Writes of a bulk upload are
 * read once they are sequenced, so they replace an older one only when they are confirmed.
 */
export function readable(writes: readonly Write[], { sentAt, receivedAt }: Span): Write[] {
  return candidates(
    writes,
    receivedAt,
    ({ via, outcome, endedAt, confirmedAt }) =>
      confirmedAt <= sentAt || (via === 'single' && outcome === 'acknowledged' && endedAt <= sentAt),
  );
}

/** Versions that may stand when all faults are cured and everything is sequenced. */
export function final(writes: readonly Write[]): Write[] {
  return candidates(writes, Infinity, ({ outcome }) => outcome === 'acknowledged');
}

function candidates(writes: readonly Write[], before: number, settles: (write: Write) => boolean): Write[] {
  const from = writes.findLastIndex(settles);
  return writes.filter(({ outcome, sentAt }, at) => at >= from && outcome !== 'rejected' && sentAt < before);
}

/** A question to the search, as far as it decides what matches. */
export interface Question {
  /** Words of the vocabulary, each of which is its own term. */
  words: readonly string[];
  operator: 'or' | 'and';
  routing?: string;
}

/** Whether this version of a document is an answer to the question. */
export function matches(id: string, { body }: Write, { words, operator, routing }: Question): boolean {
  if (!body) return false;
  if (routing !== undefined && (body.routing ?? id) !== routing) return false;
  const held = `${body.title} ${body.text}`.split(' ');
  return operator === 'and'
    ? words.every((word) => held.includes(word))
    : words.some((word) => held.includes(word));
}

/** Whether the document may be on its way from one partition to another: it is then found in the one, the other or neither. */
export function isMoving(id: string, versions: readonly Write[]): boolean {
  return new Set(versions.flatMap(({ body }) => (body ? [body.routing ?? id] : []))).size > 1;
}
