import { setTimeout as delay } from 'node:timers/promises';
import { jetstream, JetStreamApiError, type JetStreamClient } from '@nats-io/jetstream';
import {
  errors,
  headers,
  nuid,
  type MsgHdrs,
  type NatsConnection,
  type Payload,
} from '@nats-io/transport-node';
import { isUnavailable } from './unavailable.js';

/** The stream has reached its size and refuses messages until some are worked off. Nothing was stored. */
export class QueueFullError extends Error {
  constructor(subject: string, cause: unknown) {
    super(`the stream of ${subject} is full; publish again once its reader has caught up`, { cause });
    this.name = 'QueueFullError';
  }
}

/** A try went unanswered. Whether the message was stored is unknown: publish it again if twice does no harm. */
export class PublishTimeoutError extends Error {
  constructor(subject: string, timeoutMs: number, cause: unknown) {
    super(
      `no acknowledgement for ${subject}, for which ${timeoutMs} ms are waited; it may or may not be stored: publish it again`,
      { cause },
    );
    this.name = 'PublishTimeoutError';
  }
}

/** No server was at hand that keeps the stream: it is starting, or electing a leader. */
export class LogUnavailableError extends Error {
  constructor(subject: string, cause: unknown) {
    super(`the stream of ${subject} is not available now; publish again in a moment`, { cause });
    this.name = 'LogUnavailableError';
  }
}

/** JetStream's "maximum bytes exceeded", which comes under the general code for a failed store. */
const STORE_FAILED = 10077;
/** JetStream's "duplicate message id is in process": an earlier try has arrived, and most copies do not have it yet. */
const IN_PROCESS = 10158;

/** How long one try waits for its acknowledgement: it may be lost with the server or the connection. */
const TRY_MS = 1_000;
const RETRY_MS = 100;

export interface PublisherOptions {
  /** Messages that may await their acknowledgement. Default 512. */
  window?: number;
  /** How long one message is tried, in ms. The stream must know its id for longer. Default 5,000. */
  timeoutMs?: number;
  /** A full stream is waited for until the time is over. Default: its refusal is told at once. */
  waitsForRoom?: boolean;
}

/**
 * Publishes to a stream, many messages at a time: an acknowledgement takes a round trip and a write, and waiting for each in turn
 * would leave the server idle. At most `window` wait for theirs; further callers wait for a place.
 */
export class Publisher {
  private readonly jetstream: JetStreamClient;
  private readonly waiting: (() => void)[] = [];
  private places: number;
  private readonly timeoutMs: number;
  private readonly waitsForRoom: boolean;

  constructor(connection: NatsConnection, options: PublisherOptions = {}) {
    const { window = 512, timeoutMs = 5_000, waitsForRoom = false } = options;
    this.jetstream = jetstream(connection);
    this.places = window;
    this.timeoutMs = timeoutMs;
    this.waitsForRoom = waitsForRoom;
  }

  /**
   * Resolves with the message's sequence once the stream has it. Tries again until the time is over; the message is stored once
   * all the same, as the stream knows it again by its id.
   * @throws QueueFullError, {@link LogUnavailableError}, {@link PublishTimeoutError}, or the server's own error
   */
  async publish(subject: string, payload: Payload, head: Record<string, string> = {}): Promise<number> {
    await this.enter();
    try {
      return await this.untilStored(subject, payload, headersOf(head));
    } finally {
      this.leave();
    }
  }

  private async untilStored(subject: string, payload: Payload, head: MsgHdrs): Promise<number> {
    const deadline = performance.now() + this.timeoutMs;
    const msgID = nuid.next();
    let unanswered = false;
    for (;;) {
      try {
        const timeout = Math.min(TRY_MS, Math.max(1, deadline - performance.now()));
        const { seq } = await this.jetstream.publish(subject, payload, { msgID, headers: head, timeout });
        return seq;
      } catch (error) {
        unanswered ||= isUnanswered(error);
        const passing = isUnanswered(error) || isAway(error) || (this.waitsForRoom && isFull(error));
        if (passing && performance.now() + RETRY_MS < deadline) await delay(RETRY_MS);
        else throw this.failure(subject, error, unanswered);
      }
    }
  }

  /** What the caller is told. An unanswered try may have been stored, whatever came of those after it. */
  private failure(subject: string, error: unknown, unanswered: boolean): unknown {
    if (unanswered) return new PublishTimeoutError(subject, this.timeoutMs, error);
    if (isFull(error)) return new QueueFullError(subject, error);
    return isAway(error) ? new LogUnavailableError(subject, error) : error;
  }

  private enter(): Promise<void> | undefined {
    if (this.places === 0) return new Promise((resolve) => this.waiting.push(resolve));
    this.places--;
    return undefined;
  }

  private leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.places++;
  }
}

function headersOf(head: Record<string, string>): MsgHdrs {
  const all = headers();
  for (const [name, value] of Object.entries(head)) all.set(name, value);
  return all;
}

function isFull(error: unknown): boolean {
  return (
    error instanceof JetStreamApiError && error.code === STORE_FAILED && error.message.includes('maximum')
  );
}

function isUnanswered(error: unknown): boolean {
  if (error instanceof JetStreamApiError) return error.code === IN_PROCESS;
  return error instanceof errors.TimeoutError;
}

function isAway(error: unknown): boolean {
  if (isUnavailable(error)) return true;
  // Nobody answers for the stream. The library does not export the class.
  return error instanceof Error && error.name === 'JetStreamNotEnabled';
}
