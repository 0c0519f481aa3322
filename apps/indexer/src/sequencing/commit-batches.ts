import type { IntakeWrite } from '@shoal/contracts';
import type { Intake } from './intake-decoder.js';

/** Most documents of one commit: JetStream's limit for an atomic batch, less room for the tombstones that moves add. */
export const MAX_COMMIT_RECORDS = 500;
/** Maximum size of one commit, in bytes: nats-server holds the batch in memory until it is complete. */
export const MAX_COMMIT_BYTES = 4 * 1024 * 1024;

/**
 * Divides messages into commits, in order and without splitting a message. A message that is too large to share a commit
 * gets its own, and so does a later message about a document that may have moved: only the later of two versions in one
 * commit is written, and a waiting client would never learn from where the earlier one moved.
 *
 * @param mayMove whether a write may find its document in another partition than it puts it in
 */
export function* commitBatches<T extends Pick<Intake, 'payload' | 'writes'>>(
  messages: readonly T[],
  mayMove: (write: IntakeWrite) => boolean,
): Generator<T[]> {
  let group: T[] = [];
  let records = 0;
  let bytes = 0;
  const movers = new Set<string>();
  for (const message of messages) {
    const { payload, writes } = message;
    const full = records + writes.length > MAX_COMMIT_RECORDS || bytes + payload.length > MAX_COMMIT_BYTES;
    if (group.length > 0 && (full || writes.some(({ key }) => movers.has(key)))) {
      yield group;
      group = [];
      records = bytes = 0;
      movers.clear();
    }
    group.push(message);
    records += writes.length;
    bytes += payload.length;
    for (const write of writes) if (mayMove(write)) movers.add(write.key);
  }
  if (group.length > 0) yield group;
}
