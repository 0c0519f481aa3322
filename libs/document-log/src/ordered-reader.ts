import { setTimeout as wait } from 'node:timers/promises';
import { AckPolicy, DeliverPolicy, jetstreamManager, type StreamInfo } from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';
import { type LogRecord, recordOf } from './log-record.js';
import { type Delivery, PullSubscription } from './pull-subscription.js';

/** The stream is not the one that was read so far: its sequences went back, or it was deleted and made anew. */
export class LogResetError extends Error {
  constructor(stream: string, position: number) {
    super(
      `stream ${stream} was replaced by another one (it was read up to sequence ${position}); ` +
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
/** A NATS that is just starting leaves requests unanswered, so asking again soon beats waiting long. */
const ANSWER_MS = 2_000;

/**
 * Reads the messages of one consumer in stream order, each once, for as long as it is not stopped. The consumer itself may be lost at any
 * time: the next one starts after the last message that was handed over (NATS ADR-17, ordered consumer).
 */
export class OrderedReader {
  private pulling: PullSubscription | undefined;
  private stopped = false;
  private caughtUp = false;
  private delivered = 0;
  private created: string | undefined;
  /** Last sequence of the stream when the reading began, or when it was asked to catch up. */
  private goal = 0;
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
    const stream = await manager.streams.info(this.stream);
    if (superseded()) return;
    this.checkSameStream(stream);
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
    if (consumer.num_pending === 0) this.reachEnd();
    this.pulling = new PullSubscription(this.connection, this.stream, consumer.name, {
      hasRoom: () => true,
      onDelivery: (delivery) => this.receive(delivery),
      onBroken: () => void this.reopen(),
    });
  }

  /** Tells `onCaughtUp` again, once all has been handed over that the stream holds now. */
  catchUp(): void {
    this.caughtUp = false;
    this.goal = 0;
    this.pulling?.close();
    void this.reopen();
  }

  stop(): void {
    this.stopped = true;
    this.pulling?.close();
  }

  private checkSameStream({ created, state }: StreamInfo): void {
    this.created ??= created;
    if (created !== this.created || state.last_seq < this.position)
      throw new LogResetError(this.stream, this.position);
    if (this.goal === 0) this.goal = state.last_seq;
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

  private receive({ message, sequence, deliverySequence, pending }: Delivery): void {
    if (deliverySequence !== this.delivered + 1) {
      this.pulling?.close();
      void this.reopen();
      return;
    }
    this.delivered = deliverySequence;
    try {
      this.handlers.onRecord(recordOf(message, sequence));
      this.position = sequence;
      // The end of what was there at the start is reached also when the rest of it has been replaced meanwhile.
      if (pending === 0 || sequence >= this.goal) this.reachEnd();
    } catch (error) {
      this.fail(error);
    }
  }

  private reachEnd(): void {
    if (this.caughtUp) return;
    this.caughtUp = true;
    this.handlers.onCaughtUp();
  }

  private fail(error: unknown): void {
    this.stop();
    this.handlers.onError(error);
  }
}
