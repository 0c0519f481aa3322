import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  checkVersionHeader,
  DOCS_STREAM,
  docsSubject,
  INTAKE_HEADER,
  MOVED_FROM_HEADER,
  UnknownVersionError,
  VERSION_HEADER,
  type AppliedRequest,
} from '@shoal/contracts';
import { retryUntilAvailable, type StoredRecord, tail, type Tail, type TailLag } from '@shoal/nats';
import { Faults, NATS } from '@shoal/runtime';
import { AppliedWaiters, type Arrival } from './applied-waiters.js';
import { Partition } from './partition.js';
import { AssignmentWatcher, type ShardAssignment } from './assignment-watcher.js';
import { traceIndexing } from './trace-indexing.js';

/** Interval at which pending titles are merged, in ms, and maximum share of the time for it. */
const TIDY_MS = 100;
const TIDY_SHARE = 0.1;

/** Holds the partitions of this member's shard and keeps them level with the log. */
@Injectable()
export class ReplicaService implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('partitions');
  private readonly partitions = new Map<number, Partition>();
  private readonly arrivals = new AppliedWaiters();
  private tail: Tail | null = null;
  /** Changes of place are carried out one after the other. */
  private reassignment: Promise<void> = Promise.resolve();
  private titleMergeTimer: NodeJS.Timeout | undefined;
  private readonly readyListeners: (() => void)[] = [];
  /** The place whose partitions have been replayed up to the log's end. */
  private replayed: string | null = null;
  /** When the last look at the log's end began. */
  private catchUpStartedAt = -Infinity;
  /** The log's end as of this moment (`performance.now()`) has been reached. */
  caughtUpAt = -Infinity;

  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    private readonly assignments: AssignmentWatcher,
    private readonly faults: Faults,
  ) {}

  onModuleInit(): void {
    this.assignments.onChange((place) => this.reassign(place));
    if (this.assignments.current) this.reassign(this.assignments.current);
    this.mergeTitles();
  }

  async onApplicationShutdown(): Promise<void> {
    clearTimeout(this.titleMergeTimer);
    await this.tail?.stop();
  }

  /** All partitions of the current place are here, level with the log, and hold what was promised. A new place is not ready before it is. */
  get ready(): boolean {
    return this.isReplayed && this.all().every(({ hasPendingCommitment: owing }) => !owing);
  }

  private get isReplayed(): boolean {
    const isHere =
      this.replayed !== null && this.replayed === nameOf(this.assignments.current?.partitions ?? []);
    return isHere && this.all().every(({ unreadable }) => unreadable.size === 0);
  }

  /** Starts a catch-up so that {@link caughtUpAt} becomes at least `since`. {@link onReady} listeners run when it completes. */
  catchUp(since: number): void {
    if (this.catchUpStartedAt >= since || !this.tail) return;
    this.catchUpStartedAt = performance.now();
    this.tail.catchUp();
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

  /** Lag of this copy behind the log, as known without a request. */
  get lag(): TailLag {
    return this.tail?.lag ?? { records: 0, ms: 0 };
  }

  /**
   * Resolves once this copy of the partition holds the write with that INTAKE sequence; with 'late' after `waitMs`. A copy that does not answer
   * searches yet answers at once: what is in the log it promises to hold before it does.
   */
  async reached({
    partition,
    intake,
    inLog,
    waitMs,
  }: AppliedRequest): Promise<Arrival | 'promised' | 'late'> {
    const here = this.partitions.get(partition);
    if (here && here.appliedIntake >= intake) return { movedFrom: here.movedFrom(intake) };
    if (this.isReplayed) return (await this.arrivals.wait(partition, intake, waitMs)) ?? 'late';
    if (!inLog) return 'late';
    // A partition that is not here yet will be read from the log as it is then.
    here?.requireBeforeServing(intake);
    return 'promised';
  }

  /**
   * Merges pending titles into the sorted index, one partition at a time. Otherwise the first completion after a bulk load
   * would merge all partitions and time out. A replay merges at its end.
   */
  private mergeTitles(): void {
    const began = performance.now();
    const [most] = this.all().toSorted((a, b) => b.titles.waiting - a.titles.waiting);
    if (this.replayed !== null) most?.titles.tidy();
    const took = performance.now() - began;
    this.titleMergeTimer = setTimeout(() => this.mergeTitles(), Math.max(TIDY_MS, took / TIDY_SHARE)).unref();
  }

  private reassign(place: ShardAssignment): void {
    this.reassignment = this.reassignment
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
    await this.faults.untilOff('replay-skipped');
    // A partition that was held before skips what it has applied; one gained needs the log from its beginning.
    const from = Math.min(...this.all().map(({ applied }) => applied)) + 1;
    this.catchUpStartedAt = performance.now();
    this.tail = await retryUntilAvailable('the log', () =>
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

  private apply(record: StoredRecord): void {
    const [, number, key] = record.subject.split('.');
    const partition = this.partitions.get(Number(number));
    if (!partition) return;
    const { hasPendingCommitment: owing } = partition;
    try {
      checkVersionHeader('a document', record.header(VERSION_HEADER));
      const entry = {
        key: key!,
        sequence: record.sequence,
        intake: Number(record.header(INTAKE_HEADER) ?? 0),
        movedFrom: record.header(MOVED_FROM_HEADER),
        payload: record.payload,
      };
      // A replay is no part of the requests that once wrote what it reads.
      if (this.replayed === null) partition.apply(entry);
      else traceIndexing(record, partition.number, () => partition.apply(entry));
      partition.unreadable.delete(key!);
    } catch (error) {
      // Other replicas may be of the release that wrote it: this one must not answer without it.
      if (error instanceof UnknownVersionError) partition.unreadable.add(key!);
      // A damaged document is left out, loudly; the others must stay searchable.
      else this.logger.error(`DOCS ${record.sequence} (${record.subject}) skipped: ${String(error)}`);
    }
    this.arrivals.arrived(partition);
    if (owing && this.ready) this.notifyReady();
  }

  /** The log is another one than the copy was made from, or the copy failed: it cannot be trusted any more. */
  private startOver(error: unknown): void {
    this.logger.error(error);
    this.replayed = null;
    this.partitions.clear();
    if (this.assignments.current) this.reassign(this.assignments.current);
  }

  private caughtUp(): void {
    for (const partition of this.partitions.values()) partition.caughtUp();
    this.replayed = nameOf([...this.partitions.keys()]);
    this.caughtUpAt = this.catchUpStartedAt;
    this.logger.log(`level: ${this.documents} documents in ${this.partitions.size} partitions`);
    this.notifyReady();
  }

  private notifyReady(): void {
    for (const listener of this.readyListeners) listener();
  }
}

function nameOf(partitions: readonly number[]): string {
  return partitions.toSorted((a, b) => a - b).join();
}
