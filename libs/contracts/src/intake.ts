/**
 * A write on its way to the log. An INTAKE message is a list of them, one per line, so that the indexer can sequence a
 * document without parsing it: `put <partition> <key> <document>` or `delete <partition|*> <key>`.
 */
export type IntakeWrite =
  | { op: 'put'; partition: number; key: string; document: string }
  /** Null if the write has no routing key: the frontend does not know which partition holds the document. */
  | { op: 'delete'; partition: number | null; key: string };

export function encodeWrites(writes: readonly IntakeWrite[]): string {
  return writes
    .map((write) =>
      write.op === 'put'
        ? `put ${write.partition} ${write.key} ${write.document}`
        : `delete ${write.partition ?? '*'} ${write.key}`,
    )
    .join('\n');
}

/** @throws Error when a line is of no known form: the message is then rejected whole. */
export function decodeWrites(text: string): IntakeWrite[] {
  return text.split('\n').map((line) => {
    const match = /^(?:put (\d+) (\S+) (\{.*\})|delete (\d+|\*) (\S+))$/s.exec(line);
    if (!match) throw new Error(`not an intake write: ${line.slice(0, 60)}`);
    const [, partition, key, document, from, gone] = match;
    return document
      ? { op: 'put', partition: Number(partition), key: key!, document }
      : { op: 'delete', partition: from === '*' ? null : Number(from), key: gone! };
  });
}

/** Header of every document and tombstone in DOCS: the INTAKE sequence of the write it comes from. */
export const INTAKE_HEADER = 'Shoal-Intake';
/** Header of a document in DOCS whose older version was in another partition: the number of that partition. */
export const MOVED_FROM_HEADER = 'Shoal-Moved-From';

/** Body of `shoal.documents.invalidated`: that something changed is all there is to say. */
export interface Invalidation {
  v: number;
}
