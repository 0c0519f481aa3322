import type { Stored } from '@shoal/contracts';
import type { DocumentHistory, Write } from './history.ts';

/**
 * What a confirmation says of other writes. Replicas take the log in its order, so who holds a write holds all of its
 * partition that were sequenced before it: plain writes and deletions, which nobody waited for, are confirmed with it.
 */
export class Confirmations {
  /** Acknowledged and not confirmed, by partition. */
  private readonly waiting = new Map<number, { write: Write; sequence: number }[]>();

  /** @param document of which this is the last write */
  acknowledged(document: DocumentHistory, { partition, sequence }: Stored): void {
    // One that moves, or has moved, is also removed elsewhere; that is another partition's affair.
    if (document.writes.some(({ body }) => body?.routing !== undefined)) return;
    const waiting = this.waiting.get(partition) ?? [];
    waiting.push({ write: document.last, sequence });
    this.waiting.set(partition, waiting);
  }

  confirmed({ partition, sequence }: Stored, at: number): void {
    const waiting = this.waiting.get(partition) ?? [];
    for (const earlier of waiting) if (earlier.sequence < sequence) earlier.write.confirmedAt = at;
    this.waiting.set(
      partition,
      waiting.filter((later) => later.sequence > sequence),
    );
  }
}
