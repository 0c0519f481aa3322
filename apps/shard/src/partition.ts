import { Bm25Index, PartitionJournal, TitleSuggester } from '@shoal/bm25-index';
import type { Document } from '@shoal/contracts';
import { decodeKey } from '@shoal/document-log';

/** A document's version, or its end, as the log holds it. */
export interface PartitionRecord {
  key: string;
  /** DOCS sequence: a later version has a larger one. */
  sequence: number;
  /** INTAKE sequence of the write it comes from. */
  intake: number;
  /** The stored document; empty for a tombstone. */
  payload: Uint8Array;
}

/** One partition's copy in memory: the text index, the titles, and how far they have followed the log. */
export class Partition {
  readonly index = new Bm25Index();
  readonly journal = new PartitionJournal(this.index);
  readonly titles = new TitleSuggester();
  /** DOCS sequence of the last record applied. */
  applied = 0;
  /** INTAKE sequence of the last record applied. */
  intake = 0;

  constructor(readonly number: number) {}

  /** Records come in the log's order; one that was applied before changes nothing. */
  apply({ key, sequence, intake, payload }: PartitionRecord): void {
    if (sequence <= this.applied) return;
    const id = decodeKey(key);
    if (payload.length === 0) {
      this.journal.record(sequence, this.index.delete(id) ?? []);
      this.titles.delete(id);
    } else {
      const source = Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString();
      const { title, text, routing } = JSON.parse(source) as Document;
      this.journal.record(sequence, this.index.set(id, `${title} ${text}`, source, routing));
      this.titles.set(id, title);
    }
    this.applied = sequence;
    this.intake = intake;
  }

  /** The log has been replayed up to its end: from here on every change is seen as one. */
  caughtUp(): void {
    this.journal.startsAt(this.applied);
    // The first completion sorts all titles: better now than while somebody types.
    this.titles.complete('a', 1);
  }
}
