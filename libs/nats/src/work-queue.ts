import { setTimeout as wait } from 'node:timers/promises';
import { AckPolicy, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { nanos, type NatsConnection, nuid } from '@nats-io/transport-node';
import { isConsumerNotFound } from './jetstream-errors.js';
import { type Delivery, PullSubscription } from './pull-subscription.js';
import { recordOf, type StoredRecord } from './record.js';

export interface QueueMessage extends StoredRecord {
  /** Removes the message from the queue. If the acknowledgement is lost, the message is delivered again. */
  ack(): void;
}

/** Another reader has taken over the queue. */
export class DisplacedError extends Error {
  constructor(stream: string) {
    super(
      `another reader took over the queue ${stream}; stop, and open a new reader only if it is yours again`,
    );
    this.name = 'DisplacedError';
  }
}

const MAX_HELD_BYTES = 4 * 1024 * 1024;
const MAX_HELD_MESSAGES = 2_048;
const RETRY_DELAY_MS = 200;
/** A NATS that is starting leaves requests unanswered, so an early retry beats a long timeout. */
const REQUEST_TIMEOUT_MS = 2_000;
/** Time after which a message without an acknowledgement is delivered again, in ms. */
const ACK_WAIT_MS = 30_000;

/**
 * Reads a work queue strictly in stream order, for one process at a time. Opening a reader displaces the reader before it,
 * and all unacknowledged messages are delivered again, in order. The same happens whenever the order breaks (a lost
 * message, a reconnect): so a caller skips sequences that it has already processed, and acknowledges them again.
 *
 * Holds about 12 MB of messages at most, or three times the server's `max_payload` if that is above 4 MB.
 */
export class QueueReader {
  private readonly held: QueueMessage[] = [];
  private heldBytes = 0;
  private last = 0;
  /** The order broke after the last message: nothing is read until the consumer is replaced. */
  private outOfOrder = false;
  /** Empty while this reader replaces its consumer. */
  private consumer = '';
  private pulling: PullSubscription | undefined;
  private ended: Error | 'closed' | undefined;
  private wake: () => void = () => undefined;

  private constructor(
    private readonly connection: NatsConnection,
    private readonly manager: JetStreamManager,
    private readonly stream: string,
  ) {}

  /** @throws when the stream is missing or unreachable */
  static async open(connection: NatsConnection, stream: string): Promise<QueueReader> {
    const manager = await jetstreamManager(connection, { checkAPI: false, timeout: REQUEST_TIMEOUT_MS });
    const reader = new QueueReader(connection, manager, stream);
    await reader.takeOver();
    return reader;
  }

  /**
   * Returns the available messages, from 1 to `max`, in order. Waits while there is none; empty once the reader is closed.
   * Call it once at a time, after the messages of the call before have been acknowledged.
   * @throws DisplacedError when another reader was opened on this queue
   */
  async next(max: number): Promise<QueueMessage[]> {
    while (this.held.length === 0 && !this.ended) {
      if (this.outOfOrder) await this.recover();
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
    if (this.ended instanceof Error) throw this.ended;
    const taken = this.held.splice(0, max);
    for (const { payload } of taken) this.heldBytes -= payload.length;
    this.pulling?.refill();
    return taken;
  }

  /** Stops reading. Unacknowledged messages stay in the queue for the next reader. */
  close(): void {
    this.end('closed');
  }

  /** A work queue allows one consumer. Each has a new name, so that requests of an earlier reader cannot reach it. */
  private async takeOver(): Promise<void> {
    const { consumers } = this.manager;
    this.consumer = '';
    for await (const { name } of consumers.list(this.stream)) await consumers.delete(this.stream, name);
    const name = `reader_${nuid.next()}`;
    await consumers.add(this.stream, {
      durable_name: name,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(ACK_WAIT_MS),
      max_ack_pending: -1,
    });
    if (this.ended) return;
    this.consumer = name;
    this.drop();
    this.pulling = new PullSubscription(this.connection, this.stream, name, {
      hasRoom: () => this.heldBytes < MAX_HELD_BYTES && this.held.length < MAX_HELD_MESSAGES,
      onDelivery: (delivery) => this.receive(delivery),
      onBroken: () => void this.recover(),
    });
  }

  private receive({ message, sequence, deliverySequence }: Delivery): void {
    // The first message to arrive need not be the first that was sent: only the consumer knows where the queue begins.
    if (this.last === 0 ? deliverySequence !== 1 : sequence !== this.last + 1) {
      // A message is missing, or was removed out of turn because the acknowledgement of its neighbour was lost. A new
      // consumer helps only after the held messages have been processed and acknowledged, so it is made in the next take.
      this.outOfOrder = true;
      this.pulling?.close();
      this.wake();
      return;
    }
    this.last = sequence;
    this.held.push({ ...recordOf(message, sequence), ack: () => message.respond() });
    this.heldBytes += message.data.length;
    this.wake();
  }

  private async recover(): Promise<void> {
    this.drop();
    while (!this.ended && !this.connection.isClosed()) {
      try {
        if (this.consumer) await this.manager.consumers.info(this.stream, this.consumer);
        await this.takeOver();
        return;
      } catch (error) {
        // A durable consumer survives restarts of NATS, so only another reader can have deleted ours.
        if (isConsumerNotFound(error)) return this.end(new DisplacedError(this.stream));
        await wait(RETRY_DELAY_MS);
      }
    }
  }

  private drop(): void {
    this.held.length = 0;
    this.heldBytes = 0;
    this.last = 0;
    this.outOfOrder = false;
  }

  private end(how: Error | 'closed'): void {
    this.ended ??= how;
    this.pulling?.close();
    this.drop();
    this.wake();
  }
}
