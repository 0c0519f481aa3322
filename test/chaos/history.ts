import type { DocumentBody } from '@shoal/contracts';

/**
 * open: no answer yet. acknowledged: stored durably. indeterminate: no answer, or one that does not say; it may take
 * effect at any time, or never. rejected: certainly not stored.
 */
export type Outcome = 'open' | 'acknowledged' | 'indeterminate' | 'rejected';

/** One write of a document, as its writer knows it. Times in ms of the writer's monotonic clock. */
export interface Write {
  /** 1, 2, 3, ... in the order of sending; 0 is the absence from which every document begins. */
  version: number;
  /** Null: a deletion. */
  body: DocumentBody | null;
  via: 'single' | 'bulk';
  sentAt: number;
  outcome: Outcome;
  /** When its outcome was known; Infinity while it is open. */
  endedAt: number;
  /** From when on every complete answer must know this write or a newer one; Infinity without a confirmation. */
  confirmedAt: number;
}

const ABSENCE: Readonly<Write> = {
  version: 0,
  body: null,
  via: 'single',
  sentAt: -Infinity,
  outcome: 'acknowledged',
  endedAt: -Infinity,
  confirmedAt: -Infinity,
};

/** All writes of one document. It has one writer, who sends the next one when it knows what came of the last. */
export class DocumentHistory {
  readonly id: string;
  readonly writes: Write[] = [ABSENCE];

  constructor(id: string) {
    this.id = id;
  }

  get last(): Write {
    return this.writes.at(-1)!;
  }

  /** @throws Error when the last write is open or may still take effect: the order would not be known */
  begin(body: DocumentBody | null, via: Write['via'], sentAt: number): Write {
    if (this.last.outcome === 'open' || this.last.outcome === 'indeterminate')
      throw new Error(
        `${this.id}: write ${this.last.version} is ${this.last.outcome}, write another document`,
      );
    const write: Write = {
      version: this.last.version + 1,
      body,
      via,
      sentAt,
      outcome: 'open',
      endedAt: Infinity,
      confirmedAt: Infinity,
    };
    this.writes.push(write);
    return write;
  }
}

/** What came of a write. */
export function end(
  write: Write,
  outcome: Exclude<Outcome, 'open'>,
  endedAt: number,
  confirmed = false,
): void {
  write.outcome = outcome;
  write.endedAt = endedAt;
  if (confirmed) write.confirmedAt = endedAt;
}

/** What is known of each document, by id. */
export class History {
  private readonly documents = new Map<string, DocumentHistory>();

  of(id: string): DocumentHistory {
    let found = this.documents.get(id);
    if (!found) this.documents.set(id, (found = new DocumentHistory(id)));
    return found;
  }

  has(id: string): boolean {
    return this.documents.has(id);
  }

  all(): Iterable<DocumentHistory> {
    return this.documents.values();
  }

  count(outcome: Outcome): number {
    let count = 0;
    for (const { writes } of this.documents.values())
      count += writes.filter((write) => write.version > 0 && write.outcome === outcome).length;
    return count;
  }
}
