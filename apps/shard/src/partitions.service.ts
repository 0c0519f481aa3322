import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { NatsConnection } from '@nats-io/transport-node';
import { DOCS_STREAM, docsSubject, INTAKE_HEADER } from '@shoal/contracts';
import { tail, type LogRecord, type Tail } from '@shoal/document-log';
import { NATS, untilThere } from '@shoal/service';
import { Partition } from './partition.js';
import { PlaceService, type Place } from './place.service.js';

interface Waiter {
  intake: number;
  resolve(applied: boolean): void;
}

/** Holds the partitions of this member's shard and keeps them level with the log. */
@Injectable()
export class PartitionsService implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('partitions');
  private readonly partitions = new Map<number, Partition>();
  private readonly waiters = new Map<number, Set<Waiter>>();
  private tail: Tail | null = null;
  /** Changes of place are carried out one after the other. */
  private moving: Promise<void> = Promise.resolve();
  private readonly readyListeners: (() => void)[] = [];
  /** The place whose partitions have been replayed up to the log's end. */
  private replayed: string | null = null;

  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    private readonly place: PlaceService,
  ) {}

  onModuleInit(): void {
    this.place.onChange((place) => this.move(place));
    if (this.place.current) this.move(this.place.current);
  }

  async onModuleDestroy(): Promise<void> {
    await this.tail?.stop();
  }

  /** All partitions of the current place are here, level with the log. A new place is not ready before it is. */
  get ready(): boolean {
    return this.replayed !== null && this.replayed === nameOf(this.place.current?.partitions ?? []);
  }

  onReady(listener: () => void): void {
    this.readyListeners.push(listener);
  }

  all(): Partition[] {
    return [...this.partitions.values()];
  }

  get(partition: number): Partition | undefined {
    return this.partitions.get(partition);
  }

  get documents(): number {
    let count = 0;
    for (const { index } of this.partitions.values()) count += index.documents;
    return count;
  }

  get applied(): number {
    let last = 0;
    for (const { applied } of this.partitions.values()) last = Math.max(last, applied);
    return last;
  }

  /** Resolves true once this copy of the partition holds the write with that INTAKE sequence; false after `waitMs`. */
  reached(partition: number, intake: number, waitMs: number): Promise<boolean> {
    const held = this.partitions.get(partition);
    if (held && held.intake >= intake) return Promise.resolve(true);
    const waiters = this.waiters.get(partition) ?? new Set();
    this.waiters.set(partition, waiters);
    return new Promise((resolve) => {
      const waiter: Waiter = {
        intake,
        resolve: (applied) => {
          clearTimeout(timer);
          waiters.delete(waiter);
          resolve(applied);
        },
      };
      const timer = setTimeout(() => waiter.resolve(false), waitMs);
      waiters.add(waiter);
    });
  }

  private move(place: Place): void {
    this.moving = this.moving
      .then(() => this.hold(place.partitions))
      .catch((error: unknown) => this.logger.error(error));
  }

  private async hold(wanted: readonly number[]): Promise<void> {
    const lost = [...this.partitions.keys()].filter((partition) => !wanted.includes(partition));
    const gained = wanted.filter((partition) => !this.partitions.has(partition));
    if (lost.length === 0 && gained.length === 0) return;
    this.replayed = null;
    await this.tail?.stop();
    this.tail = null;
    for (const partition of lost) this.partitions.delete(partition);
    for (const partition of gained) this.partitions.set(partition, new Partition(partition));
    if (wanted.length === 0) return;
    // A partition that was held before skips what it has applied; one gained needs the log from its beginning.
    const from = Math.min(...this.all().map(({ applied }) => applied)) + 1;
    this.tail = await untilThere('the log', () =>
      tail(this.connection, {
        stream: DOCS_STREAM,
        filters: wanted.map(docsSubject.partition),
        from,
        onRecord: (record) => this.apply(record),
        onCaughtUp: () => this.caughtUp(),
        onError: (error) => this.startOver(error),
      }),
    );
  }

  private apply(record: LogRecord): void {
    const [, number, key] = record.subject.split('.');
    const partition = this.partitions.get(Number(number));
    if (!partition) return;
    try {
      partition.apply({
        key: key!,
        sequence: record.sequence,
        intake: Number(record.header(INTAKE_HEADER) ?? 0),
        payload: record.payload,
      });
    } catch (error) {
      // One unreadable document is left out, loudly; the others must stay searchable.
      this.logger.error(`DOCS ${record.sequence} (${record.subject}) skipped: ${String(error)}`);
    }
    const waiters = this.waiters.get(partition.number);
    if (!waiters?.size) return;
    for (const waiter of waiters) if (partition.intake >= waiter.intake) waiter.resolve(true);
  }

  /** The log is another one than the copy was made from, or the copy failed: it cannot be trusted any more. */
  private startOver(error: unknown): void {
    this.logger.error(error);
    this.replayed = null;
    this.partitions.clear();
    if (this.place.current) this.move(this.place.current);
  }

  private caughtUp(): void {
    for (const partition of this.partitions.values()) partition.caughtUp();
    this.replayed = nameOf([...this.partitions.keys()]);
    this.logger.log(`ready: ${this.documents} documents in ${this.partitions.size} partitions`);
    for (const listener of this.readyListeners) listener();
  }
}

function nameOf(partitions: readonly number[]): string {
  return partitions.toSorted((a, b) => a - b).join();
}
