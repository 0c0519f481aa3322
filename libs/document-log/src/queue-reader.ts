import { setTimeout as wait } from 'node:timers/promises';
import {
  AckPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  jetstreamManager,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { nanos, type NatsConnection, nuid } from '@nats-io/transport-node';
import { type LogRecord, recordOf } from './log-record.js';
import { type Delivery, PullSubscription } from './pull-subscription.js';

export interface QueueMessage extends LogRecord {
  /** Takes the message out of the queue. If the word gets lost, the message comes again. */
  ack(): void;
}

/** Another reader has taken the queue over. */
export class DisplacedError extends Error {
  constructor(stream: string) {
    super(
      `another reader took over the queue ${stream}; stop, and open a new reader only if it is yours again`,
    );
    this.name = 'DisplacedError';
  }
}

const ROOM_BYTES = 4 * 1024 * 1024;
const ROOM_MESSAGES = 2_048;
const RETRY_MS = 200;
/** A NATS that is just starting leaves requests unanswered, so asking again soon beats waiting long. */
const ANSWER_MS = 2_000;

/**
 * Reads a work queue strictly in stream order, for the one process that may. Opening it displaces the reader before it, and all that was not
 * acknowledged comes again, in order. The same happens whenever the order breaks (a message lost on its way, a reconnect): so a
 * caller skips sequences it has already worked off, and acknowledges them again.
 *
 * At most some 12 MB of messages are in hand, or three times the server's `max_payload` if that is above 4 MB.
 */
export class QueueReader {
  private readonly held: QueueMessage[] = [];
  private heldBytes = 0;
  private last = 0;
  /** The next message is not the one after the last: nothing more is read until a reader is made anew. */
  private jumped = false;
  /** Empty while there is none by our own doing. */
  private consumer = '';
  private pulling: PullSubscription | undefined;
  private ended: Error | 'closed' | undefined;
  private wake: () => void = () => undefined;

  private constructor(
    private readonly connection: NatsConnection,
    private readonly manager: JetStreamManager,
    private readonly stream: string,
  ) {}

  /** @throws when the stream is missing or out of reach */
  static async open(connection: NatsConnection, stream: string): Promise<QueueReader> {
    const manager = await jetstreamManager(connection, { checkAPI: false, timeout: ANSWER_MS });
    const reader = new QueueReader(connection, manager, stream);
    await reader.takeOver();
    return reader;
  }

  /**
   * All that is at hand, from 1 to `max` messages, in order; waits while there is none. Empty once the reader is closed. One call at a
   * time, after what the call before gave has been acknowledged.
   * @throws DisplacedError when another reader was opened on this queue
   */
  async take(max: number): Promise<QueueMessage[]> {
    while (this.held.length === 0 && !this.ended) {
      if (this.jumped) await this.recover();
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
    if (this.ended instanceof Error) throw this.ended;
    const taken = this.held.splice(0, max);
    for (const { payload } of taken) this.heldBytes -= payload.length;
    this.pulling?.refill();
    return taken;
  }

  /** Stops reading. What was not acknowledged stays in the queue for the next reader. */
  close(): void {
    this.end('closed');
  }

  /** A work queue allows one consumer. Each gets a new name, so that requests of an earlier reader cannot reach it. */
  private async takeOver(): Promise<void> {
    const { consumers } = this.manager;
    this.consumer = '';
    for await (const { name } of consumers.list(this.stream)) await consumers.delete(this.stream, name);
    const name = `reader_${nuid.next()}`;
    await consumers.add(this.stream, {
      durable_name: name,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(30_000),
      max_ack_pending: -1,
    });
    if (this.ended) return;
    this.consumer = name;
    this.drop();
    this.pulling = new PullSubscription(this.connection, this.stream, name, {
      hasRoom: () => this.heldBytes < ROOM_BYTES && this.held.length < ROOM_MESSAGES,
      onDelivery: (delivery) => this.receive(delivery),
      onBroken: () => void this.recover(),
    });
  }

  private receive({ message, sequence, deliverySequence }: Delivery): void {
    // The first that comes need not be the first that was sent; where the queue begins only the consumer knows.
    if (this.last === 0 ? deliverySequence !== 1 : sequence !== this.last + 1) {
      // Something is missing, or was taken out of the queue out of turn (an acknowledgement got lost, its neighbours' did
      // not). To ask anew helps only after what is at hand has been worked off and acknowledged: in the next take.
      this.jumped = true;
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
        // A durable consumer outlives restarts of NATS: if ours is gone, a reader has deleted it.
        if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.ConsumerNotFound) {
          return this.end(new DisplacedError(this.stream));
        }
        await wait(RETRY_MS);
      }
    }
  }

  private drop(): void {
    this.held.length = 0;
    this.heldBytes = 0;
    this.last = 0;
    this.jumped = false;
  }

  private end(how: Error | 'closed'): void {
    this.ended ??= how;
    this.pulling?.close();
    this.drop();
    this.wake();
  }
}
