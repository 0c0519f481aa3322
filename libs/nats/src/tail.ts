import { setTimeout as wait } from 'node:timers/promises';
import { AckPolicy, DeliverPolicy, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';
import { type Delivery, PullSubscription } from './pull-subscription.js';
import { recordOf, type StoredRecord } from './record.js';

/** The stream was replaced: its sequences went back, or it was deleted and created again. */
export class LogResetError extends Error {
  constructor(stream: string, position: number, end: number) {
    super(
      `stream ${stream} was replaced by another one (it was read up to sequence ${position}, this one ends at ${end}); ` +
        `forget what came from it and tail it from the start`,
    );
    this.name = 'LogResetError';
  }
}

interface TailHandlers {
  /** Must be fast: it runs between two messages. If it throws, the tail ends with `onError`. */
  onRecord(record: StoredRecord): void;
  /** Called when the tail has caught up with the end that the stream had at the start, and after each {@link Tail.catchUp}. */
  onCaughtUp(): void;
  /** The tail has ended: {@link LogResetError}, or an error of `onRecord`. Temporary failures are not reported. */
  onError(error: unknown): void;
}

export interface TailOptions extends TailHandlers {
  stream: string;
  /** Subjects to read, wildcards allowed. They must not overlap. */
  filters: string[];
  /** First sequence to read. Default: from the start. */
  from?: number;
}

/** Distance between a tail and the end of the stream, as its consumers reported with their last messages. */
export interface TailLag {
  /** Matching messages that have not been handed over. */
  records: number;
  /**
   * Time since the stream stored the last message handed over, in ms; 0 when the tail has caught up. Compares the clocks
   * of two machines.
   */
  ms: number;
}

export interface Tail {
  /** Greatest sequence handed over; `from - 1` before the first. */
  readonly position: number;
  readonly lag: TailLag;
  /** Reads the stream's end again. `onCaughtUp` is called once all that it holds now has been handed over. */
  catchUp(): void;
  stop(): Promise<void>;
}

/** The server checks every filter for each message, so one consumer with many filters replays slowly. */
const FILTERS_PER_CONSUMER = 16;

/**
 * Replays the matching messages, then follows the stream. Hands over each message once and in stream order, across lost
 * connections, restarts of NATS and lost consumers. More than 16 filters are spread over several consumers, and the order
 * then holds within each filter only.
 * The callbacks may run before the returned promise resolves.
 * @throws when the stream is missing or unreachable at the start
 */
export async function tail(connection: NatsConnection, options: TailOptions): Promise<Tail> {
  const { stream, filters, from = 1, onRecord, onCaughtUp, onError } = options;
  let position = from - 1;
  let behind = Math.ceil(filters.length / FILTERS_PER_CONSUMER);
  const readers: OrderedReader[] = [];
  const stop = () => readers.forEach((reader) => reader.stop());
  const handlers: TailHandlers = {
    onRecord(record) {
      onRecord(record);
      position = Math.max(position, record.sequence);
    },
    onCaughtUp() {
      if (--behind === 0) onCaughtUp();
    },
    onError(error) {
      stop();
      onError(error);
    },
  };
  for (let first = 0; first < filters.length; first += FILTERS_PER_CONSUMER) {
    const some = filters.slice(first, first + FILTERS_PER_CONSUMER);
    readers.push(new OrderedReader(connection, stream, some, from - 1, handlers));
  }
  try {
    await Promise.all(readers.map((reader) => reader.open()));
  } catch (error) {
    stop();
    throw error;
  }
  if (readers.length === 0) onCaughtUp();
  return {
    get position() {
      return position;
    },
    get lag() {
      const waiting = readers.filter(({ pending }) => pending > 0);
      const times = waiting.flatMap(({ storedAt }) => (storedAt === null ? [] : [Date.now() - storedAt]));
      return { records: waiting.reduce((sum, { pending }) => sum + pending, 0), ms: Math.max(0, ...times) };
    },
    catchUp() {
      behind = readers.length;
      for (const reader of readers) reader.catchUp();
      if (readers.length === 0) onCaughtUp();
    },
    stop: async () => stop(),
  };
}

const RETRY_DELAY_MS = 200;
/**
 * Time for which servers must report another stream until the tail believes it, in ms: a nats-server that is being stopped
 * responds for half a second after it lost its leader, and may report a shorter stream.
 */
const RESET_CONFIRMATION_MS = 2_000;
/** A NATS that is starting leaves requests unanswered, so an early retry beats a long timeout. */
const REQUEST_TIMEOUT_MS = 2_000;
/** Time after which the server removes a consumer without requests, in ms. */
const INACTIVE_MS = 30_000;

/**
 * Reads the messages of one consumer in stream order, each once, until it is stopped. The consumer may be lost at any
 * time: the next one starts after the last message that was handed over (NATS ADR-17, ordered consumer).
 *
 * In a NATS cluster the consumer may read a copy of the stream that lags behind, so its pending messages do not
 * show the stream's end. The end is read from the stream's leader.
 */
class OrderedReader {
  private pulling: PullSubscription | undefined;
  private stopped = false;
  private caughtUp = false;
  private delivered = 0;
  /** Matching messages that have not arrived, as the consumer reported last. */
  pending = 0;
  /** Time at which the stream stored the last message that arrived, in ms since 1970; null before the first. */
  storedAt: number | null = null;
  private created: string | undefined;
  /** Newest matching sequence that the leader reported. */
  private goal = Infinity;
  /** Number of reopenings: a newer one supersedes an older one that is still waiting. */
  private round = 0;

  /** @param position the sequence after which to begin; moves with every record */
  constructor(
    private readonly connection: NatsConnection,
    private readonly stream: string,
    private readonly filters: string[],
    private position: number,
    private readonly handlers: TailHandlers,
  ) {}

  /** @throws when the stream is missing or unreachable, or LogResetError when it ends before the position */
  async open(): Promise<void> {
    const { round } = this;
    const superseded = () => this.stopped || round !== this.round;
    const manager = await jetstreamManager(this.connection, { checkAPI: false, timeout: REQUEST_TIMEOUT_MS });
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
      inactive_threshold: nanos(INACTIVE_MS),
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

  /** Calls `onCaughtUp` again, once all that the stream holds now has been handed over. */
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

  /** @throws LogResetError once servers that know the stream's leader have reported another stream for long enough */
  private async checkSameStream({ streams }: JetStreamManager, superseded: () => boolean): Promise<void> {
    const began = performance.now();
    while (!superseded()) {
      const { created, state, cluster } = await streams.info(this.stream);
      this.created ??= created;
      if (created === this.created && state.last_seq >= this.position) return;
      const knowsLeader = cluster === undefined || Boolean(cluster.leader);
      if (knowsLeader && performance.now() - began >= RESET_CONFIRMATION_MS)
        throw new LogResetError(this.stream, this.position, state.last_seq);
      await wait(RETRY_DELAY_MS);
    }
  }

  /** Reads by subject, not by direct get, because only the leader serves that. @returns 0 when nothing matches */
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
        // NATS is unreachable or starting, or the stream is being created again: retry until it is back.
        await wait(RETRY_DELAY_MS);
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
    // A copy that does not have the start sequence yet starts at its own end, which is before it.
    if (sequence <= this.position) return;
    try {
      this.handlers.onRecord(recordOf(message, sequence));
      this.position = sequence;
      this.checkEnd();
    } catch (error) {
      this.fail(error);
    }
  }

  /** A message up to the goal that was replaced meanwhile comes again after it, so the goal is always passed. */
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
