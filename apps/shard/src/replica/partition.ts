import { Bm25Index, PartitionJournal, TitleSuggester } from '@shoal/bm25-index';
import { parsePrivateJson, type Document } from '@shoal/contracts';
import { decodeKey } from '@shoal/nats';

/** A document's version, or its end, as the log holds it. */
export interface PartitionRecord {
  key: string;
  /** DOCS sequence: a later version has a larger one. */
  sequence: number;
  /** INTAKE sequence of the write it comes from. */
  intake: number;
  /** The partition where an older version of the document lay. */
  movedFrom?: string | undefined;
  /** The stored document; empty for a tombstone. */
  payload: Uint8Array;
}

/** Moves are asked for right after they were made, if at all. */
const MOVES_REMEMBERED = 256;

/** One partition's copy in memory: the text index, the titles, and how far they have followed the log. */
export class Partition {
  readonly index = new Bm25Index();
  readonly journal = new PartitionJournal(this.index);
  readonly titles = new TitleSuggester();
  /** DOCS sequence of the last record applied. */
  applied = 0;
  /** INTAKE sequence of the last record applied. */
  appliedIntake = 0;
  /** Searches of it, since it is here. */
  searches = 0;
  /** Keys of documents in a version that this release does not read. */
  readonly unreadable = new Set<string>();
  /** INTAKE sequence of the last record that came, also if it was damaged and left out. */
  private seenIntake = 0;
  private requiredIntake = 0;
  private following = false;
  private readonly moves = new Map<number, number>();

  constructor(readonly number: number) {}

  /** Records come in the log's order; one that was applied before changes nothing. */
  apply({ key, sequence, intake, movedFrom, payload }: PartitionRecord): void {
    if (sequence <= this.applied) return;
    this.seenIntake = intake;
    const id = decodeKey(key);
    if (payload.length === 0) {
      this.journal.record(sequence, this.index.delete(id));
      this.titles.delete(id);
    } else {
      const source = Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString();
      const { title, text, routing } = parsePrivateJson<Document>('the document', source);
      this.journal.record(sequence, this.index.set(id, `${title} ${text}`, source, routing));
      this.titles.set(id, title);
    }
    this.applied = sequence;
    this.appliedIntake = intake;
    if (movedFrom !== undefined) this.moved(intake, Number(movedFrom));
  }

  /** This copy is not to be searched before the write with that INTAKE sequence, which is in the log, has come. */
  requireBeforeServing(intake: number): void {
    this.requiredIntake = Math.max(this.requiredIntake, intake);
  }

  /** A promised write has not come yet. */
  get hasPendingCommitment(): boolean {
    return this.seenIntake < this.requiredIntake;
  }

  /** The partition that the document of this write was taken away from, if it was and not long ago. */
  movedFrom(intake: number): number | undefined {
    return this.moves.get(intake);
  }

  private moved(intake: number, from: number): void {
    this.moves.set(intake, from);
    if (this.moves.size > MOVES_REMEMBERED) this.moves.delete(this.moves.keys().next().value!);
  }

  /** The log has been replayed up to its end: from here on every change is seen as one. */
  caughtUp(): void {
    if (this.following) return;
    this.following = true;
    this.journal.startsAt(this.applied);
    // Merge now rather than during a completion.
    this.titles.tidy();
  }
}
