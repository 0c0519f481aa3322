import { setTimeout as delay } from 'node:timers/promises';
import { jetstream, type JetStreamClient } from '@nats-io/jetstream';
import { nuid, type MsgHdrs, type NatsConnection, type Payload } from '@nats-io/transport-node';
import { isNoResponders, isOutcomeUnknown, isStreamFull, isUnavailable } from './jetstream-errors.js';
import { headersOf } from './record.js';

/** The stream has reached its size and rejects messages until its reader removes some. Nothing was stored. */
export class QueueFullError extends Error {
  constructor(subject: string, cause: unknown) {
    super(`the stream of ${subject} is full; publish again once its reader has caught up`, { cause });
    this.name = 'QueueFullError';
  }
}

/** No acknowledgement came. The message may be stored: publish it again if storing it twice does no harm. */
export class PublishTimeoutError extends Error {
  constructor(subject: string, timeoutMs: number, cause: unknown) {
    super(
      `no acknowledgement for ${subject} within ${timeoutMs} ms; it may or may not be stored: publish it again`,
      { cause },
    );
    this.name = 'PublishTimeoutError';
  }
}

/** No server with the stream is reachable: it is starting, or electing a leader. */
export class LogUnavailableError extends Error {
  constructor(subject: string, cause: unknown) {
    super(`the stream of ${subject} is not available now; publish again in a moment`, { cause });
    this.name = 'LogUnavailableError';
  }
}

/** Timeout of one try, in ms: its acknowledgement may be lost with the server or the connection. */
const TRY_TIMEOUT_MS = 1_000;
const RETRY_DELAY_MS = 100;

export interface PublisherOptions {
  /** Maximum number of messages that await their acknowledgement. Default 512. */
  window?: number;
  /** Time for which one message is retried, in ms. The stream's duplicate window must be longer. Default 5,000. */
  timeoutMs?: number;
  /** Whether a full stream is retried until the timeout. Default: it is reported immediately. */
  retriesWhenFull?: boolean;
}

/**
 * Publishes to a stream, many messages at a time: an acknowledgement takes a round trip and a write, and awaiting each in
 * turn would leave the server idle. At most `window` messages are in flight; further calls wait for one of them.
 */
export class Publisher {
  private readonly jetstream: JetStreamClient;
  private readonly waiting: (() => void)[] = [];
  private permits: number;
  private readonly timeoutMs: number;
  private readonly waitsForRoom: boolean;

  constructor(connection: NatsConnection, options: PublisherOptions = {}) {
    const { window = 512, timeoutMs = 5_000, retriesWhenFull: waitsForRoom = false } = options;
    this.jetstream = jetstream(connection);
    this.permits = window;
    this.timeoutMs = timeoutMs;
    this.waitsForRoom = waitsForRoom;
  }

  /**
   * Returns the message's sequence once the stream has stored it. Retries until the timeout with one message id, so the
   * stream stores it once.
   * @throws QueueFullError, {@link LogUnavailableError}, {@link PublishTimeoutError}, or the server's own error
   */
  async publish(subject: string, payload: Payload, headers: Record<string, string> = {}): Promise<number> {
    await this.acquire();
    try {
      return await this.untilStored(subject, payload, headersOf(headers));
    } finally {
      this.release();
    }
  }

  private async untilStored(subject: string, payload: Payload, headers: MsgHdrs): Promise<number> {
    const deadline = performance.now() + this.timeoutMs;
    const msgID = nuid.next();
    let mayBeStored = false;
    for (;;) {
      try {
        const timeout = Math.min(TRY_TIMEOUT_MS, Math.max(1, deadline - performance.now()));
        const { seq } = await this.jetstream.publish(subject, payload, { msgID, headers, timeout });
        return seq;
      } catch (error) {
        mayBeStored ||= isOutcomeUnknown(error);
        const isTemporary =
          isOutcomeUnknown(error) || isUnreachable(error) || (this.waitsForRoom && isStreamFull(error));
        if (isTemporary && performance.now() + RETRY_DELAY_MS < deadline) await delay(RETRY_DELAY_MS);
        else throw this.failure(subject, error, mayBeStored);
      }
    }
  }

  /** An unacknowledged try may have been stored, whatever the tries after it met. */
  private failure(subject: string, error: unknown, mayBeStored: boolean): unknown {
    if (mayBeStored) return new PublishTimeoutError(subject, this.timeoutMs, error);
    if (isStreamFull(error)) return new QueueFullError(subject, error);
    return isUnreachable(error) ? new LogUnavailableError(subject, error) : error;
  }

  private acquire(): Promise<void> | undefined {
    if (this.permits === 0) return new Promise((resolve) => this.waiting.push(resolve));
    this.permits--;
    return undefined;
  }

  private release(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.permits++;
  }
}

function isUnreachable(error: unknown): boolean {
  return isUnavailable(error) || isNoResponders(error);
}
