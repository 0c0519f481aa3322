/** What of an INTAKE message matters here: its size, and its number of writes, one a line. */
interface Sized {
  payload: Uint8Array;
}

/** Most documents of one commit: JetStream's limit for an atomic batch, less room for the tombstones that moves add. */
export const COMMIT_RECORDS = 500;
/** And most bytes, which the server holds in memory until the batch is complete. */
export const COMMIT_BYTES = 4 * 1024 * 1024;

/**
 * Divides messages into commits: all of them, in order, never a part of one. A message that is too large for a commit with
 * others gets one of its own.
 */
export function* commitGroups<T extends Sized>(messages: readonly T[]): Generator<T[]> {
  let group: T[] = [];
  let records = 0;
  let bytes = 0;
  for (const message of messages) {
    const more = countLines(message.payload);
    const full = records + more > COMMIT_RECORDS || bytes + message.payload.length > COMMIT_BYTES;
    if (group.length > 0 && full) {
      yield group;
      group = [];
      records = bytes = 0;
    }
    group.push(message);
    records += more;
    bytes += message.payload.length;
  }
  if (group.length > 0) yield group;
}

function countLines(text: Uint8Array): number {
  let lines = 1;
  for (let at = text.indexOf(10); at >= 0; at = text.indexOf(10, at + 1)) lines++;
  return lines;
}
