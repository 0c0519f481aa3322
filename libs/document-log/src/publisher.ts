import { jetstream, JetStreamApiError, type JetStreamClient } from '@nats-io/jetstream';
import { errors, type NatsConnection, type Payload } from '@nats-io/transport-node';

/** The stream has reached its size and refuses messages until some are worked off. Nothing was stored. */
export class QueueFullError extends Error {
  constructor(subject: string, cause: unknown) {
    super(`the stream of ${subject} is full; publish again once its reader has caught up`, { cause });
    this.name = 'QueueFullError';
  }
}

/** No acknowledgement came in time. Whether the message was stored is unknown: publish it again if twice does no harm. */
export class PublishTimeoutError extends Error {
  constructor(subject: string, timeoutMs: number, cause: unknown) {
    super(
      `no acknowledgement for ${subject} within ${timeoutMs} ms; it may or may not be stored: publish it again`,
      {
        cause,
      },
    );
    this.name = 'PublishTimeoutError';
  }
}

/** No server is at hand that keeps the stream: it is starting, or electing a leader. Nothing was stored. */
export class LogUnavailableError extends Error {
  constructor(subject: string, cause: unknown) {
    super(`the stream of ${subject} is not available now; publish again in a moment`, { cause });
    this.name = 'LogUnavailableError';
  }
}

/** JetStream's "maximum bytes exceeded", which comes under the general code for a failed store. */
const STORE_FAILED = 10077;
/** JetStream's "temporarily unavailable". */
const UNAVAILABLE = 10008;

/**
 * Publishes to a stream, many messages at a time: an acknowledgement takes a round trip and a write, and waiting for each in turn
 * would leave the server idle. At most `window` wait for theirs; further callers wait for a place.
 */
export class Publisher {
  private readonly jetstream: JetStreamClient;
  private readonly waiting: (() => void)[] = [];
  private places: number;
  private readonly timeoutMs: number;

  constructor(connection: NatsConnection, options: { window?: number; timeoutMs?: number } = {}) {
    const { window = 512, timeoutMs = 5_000 } = options;
    this.jetstream = jetstream(connection);
    this.places = window;
    this.timeoutMs = timeoutMs;
  }

  /**
   * Resolves with the message's sequence once the stream has it.
   * @throws QueueFullError, {@link LogUnavailableError}, {@link PublishTimeoutError}, or the server's own error
   */
  async publish(subject: string, payload: Payload): Promise<number> {
    await this.enter();
    try {
      const { seq } = await this.jetstream.publish(subject, payload, { timeout: this.timeoutMs });
      return seq;
    } catch (error) {
      if (
        error instanceof JetStreamApiError &&
        error.code === STORE_FAILED &&
        error.message.includes('maximum')
      ) {
        throw new QueueFullError(subject, error);
      }
      if (isAway(error)) throw new LogUnavailableError(subject, error);
      if (error instanceof errors.TimeoutError) throw new PublishTimeoutError(subject, this.timeoutMs, error);
      throw error;
    } finally {
      this.leave();
    }
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

function isAway(error: unknown): boolean {
  if (error instanceof JetStreamApiError) return error.code === UNAVAILABLE;
  // Nobody answers for the stream. The library does not export the class.
  return error instanceof Error && error.name === 'JetStreamNotEnabled';
}
