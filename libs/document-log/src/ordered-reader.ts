import { setTimeout as wait } from 'node:timers/promises';
import { AckPolicy, DeliverPolicy, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';
import { type LogRecord, recordOf } from './log-record.js';
import { type Delivery, PullSubscription } from './pull-subscription.js';

/** The stream is not the one that was read so far: its sequences went back, or it was deleted and made anew. */
export class LogResetError extends Error {
  constructor(stream: string, position: number, end: number) {
    super(
      `stream ${stream} was replaced by another one (it was read up to sequence ${position}, this one ends at ${end}); ` +
        `forget what came from it and tail it from the start`,
    );
    this.name = 'LogResetError';
  }
}

export interface ReaderHandlers {
  onRecord(record: LogRecord): void;
  onCaughtUp(): void;
  onError(error: unknown): void;
}

const RETRY_MS = 200;
/**
 * For how long the log must be said to be another one until that is believed, in ms: a nats-server that is being stopped answers for half a
 * second after it has lost its leader, and may say that the stream is shorter than it is.
 */
const SURE_MS = 2_000;
/** A NATS that is just starting leaves requests unanswered, so asking again soon beats waiting long. */
const ANSWER_MS = 2_000;

/**
 * Reads the messages of one consumer in stream order, each once, for as long as it is not stopped. The consumer itself may be lost at any
 * time: the next one starts after the last message that was handed over (NATS ADR-17, ordered consumer).
 *
 * In a NATS cluster the consumer may be at a copy of the stream that lags behind: what it has to deliver says nothing of the
 * stream's end. Where that is, the stream's leader is asked.
 */
export class OrderedReader {
  private pulling: PullSubscription | undefined;
  private stopped = false;
  private caughtUp = false;
  private delivered = 0;
  /** Messages that match and have not come, as far as is known. */
  pending = 0;
  /** When the stream took the last message that came, in ms since 1970; null before the first. */
  storedAt: number | null = null;
  private created: string | undefined;
  /** The newest sequence that matches, when the leader was last asked for it. */
  private goal = Infinity;
  /** Counts the reopenings: a newer one supersedes what an older one still waits for. */
  private round = 0;

  /** @param position the sequence after which to begin; moves with every record */
  constructor(
    private readonly connection: NatsConnection,
    private readonly stream: string,
    private readonly filters: string[],
    public position: number,
    private readonly handlers: ReaderHandlers,
  ) {}

  /** @throws when the stream is missing or out of reach, or LogResetError when it ends before the position */
  async open(): Promise<void> {
    const { round } = this;
    const superseded = () => this.stopped || round !== this.round;
    const manager = await jetstreamManager(this.connection, { checkAPI: false, timeout: ANSWER_MS });
    await this.checkSameStream(manager, superseded);
    if (superseded()) return;
    const goal = this.caughtUp ? 0 : await this.newest(manager);
    if (superseded()) return;
    this.goal = goal;
    const consumer = await manager.consumers.add(this.stream, {
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.position + 1,
      filter_subjects: this.filters,
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: nanos(30_000),
    });
    if (superseded()) return;
    this.delivered = 0;
    this.pending = consumer.num_pending;
    this.checkEnd();
    this.pulling = new PullSubscription(this.connection, this.stream, consumer.name, {
      hasRoom: () => true,
      onDelivery: (delivery) => this.receive(delivery),
      onBroken: () => void this.reopen(),
    });
  }

  /** Tells `onCaughtUp` again, once all has been handed over that the stream holds now. */
  catchUp(): void {
    this.caughtUp = false;
    this.goal = Infinity;
    this.pulling?.close();
    void this.reopen();
  }

  stop(): void {
    this.stopped = true;
    this.pulling?.close();
  }

  /** @throws LogResetError once servers that know the stream's leader have said it for long enough */
  private async checkSameStream({ streams }: JetStreamManager, superseded: () => boolean): Promise<void> {
    const began = performance.now();
    while (!superseded()) {
      const { created, state, cluster } = await streams.info(this.stream);
      this.created ??= created;
      if (created === this.created && state.last_seq >= this.position) return;
      const knowsLeader = cluster === undefined || Boolean(cluster.leader);
      if (knowsLeader && performance.now() - began >= SURE_MS)
        throw new LogResetError(this.stream, this.position, state.last_seq);
      await wait(RETRY_MS);
    }
  }

  /** Get-by-subject, and not direct get: only the leader answers it. @returns 0 when nothing matches */
  private async newest({ streams }: JetStreamManager): Promise<number> {
    const last = await Promise.all(
      this.filters.map((filter) => streams.getMessage(this.stream, { last_by_subj: filter })),
    );
    return Math.max(0, ...last.map((message) => message?.seq ?? 0));
  }

  private async reopen(): Promise<void> {
    const round = ++this.round;
    while (round === this.round && !this.stopped && !this.connection.isClosed()) {
      try {
        await this.open();
        return;
      } catch (error) {
        if (error instanceof LogResetError) return this.fail(error);
        // NATS is away or starting, or the stream is being made again: there is nothing to do but ask again.
        await wait(RETRY_MS);
      }
    }
  }

  private receive({ message, sequence, deliverySequence, storedAt, pending }: Delivery): void {
    if (deliverySequence !== this.delivered + 1) {
      this.pulling?.close();
      void this.reopen();
      return;
    }
    this.delivered = deliverySequence;
    this.pending = pending;
    this.storedAt = storedAt;
    // A copy that does not yet have the message to start with starts at its own end, which is before it.
    if (sequence <= this.position) return;
    try {
      this.handlers.onRecord(recordOf(message, sequence));
      this.position = sequence;
      this.checkEnd();
    } catch (error) {
      this.fail(error);
    }
  }

  /** A message up to the goal that was replaced meanwhile comes again after it, so that the goal is always passed. */
  private checkEnd(): void {
    if (this.caughtUp || this.position < this.goal) return;
    this.caughtUp = true;
    this.handlers.onCaughtUp();
  }

  private fail(error: unknown): void {
    this.stop();
    this.handlers.onError(error);
  }
}
