import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { isObservable, lastValueFrom } from 'rxjs';
import { BoundedQueue, type QueueBound } from './bounded-queue.js';

/** Where the handlers of a pattern listen. */
export interface Listening {
  subject: string;
  /** Queue group: each message goes to one of the processes that share it. */
  queue?: string;
  /** What is said at once to a message that finds the queue full. */
  busy: () => string;
}

/** By default what has waited for a quarter of a second is enough: a search has a second in all. */
export const QUEUE_BOUND: QueueBound = { items: 1024, waitMs: 250 };

/** Second argument of a handler. */
export interface AskContext {
  /** `performance.now()` at arrival: what passes until the handler runs was spent in the queue. */
  arrivedAt: number;
}

/**
 * Nest's controllers on the hot path: a transport strategy that calls `@MessagePattern` handlers with the message's
 * text and sends back the text they return, or nothing when they return nothing. Nest's own NATS transport parses and
 * wraps every packet and has no bound on what it accepts; here messages wait in one bounded queue, and one that finds it
 * full is answered at once.
 */
export class NatsStrategy extends Server implements CustomTransportStrategy {
  private readonly subscriptions: Subscription[] = [];
  private readonly queue: BoundedQueue<() => Promise<void>>;

  /**
   * @param patterns the patterns of all handlers, each with its subject
   * @param bound of the messages, over all patterns, that wait
   */
  constructor(
    private readonly connection: NatsConnection,
    private readonly patterns: Record<string, Listening>,
    bound = QUEUE_BOUND,
  ) {
    super();
    this.queue = new BoundedQueue((work) => work(), bound);
  }

  /** @throws Error when a pattern has no handler or a handler no pattern, naming the mend */
  listen(callback: (error?: unknown) => void): void {
    const handled = [...this.messageHandlers.keys()];
    const missing = Object.keys(this.patterns).filter((pattern) => !handled.includes(pattern));
    const unknown = handled.filter((pattern) => !(pattern in this.patterns));
    if (missing.length > 0)
      throw new Error(
        `no handler for ${missing.join(', ')}: add a method with @MessagePattern('${missing[0]}')`,
      );
    if (unknown.length > 0)
      throw new Error(`no subject for ${unknown.join(', ')}: name it in the NatsStrategy's patterns`);
    for (const [pattern, listening] of Object.entries(this.patterns)) this.subscribe(pattern, listening);
    callback();
  }

  /** Messages that wait for their turn. */
  get queued(): number {
    return this.queue.length;
  }

  /** Messages whose handlers are at work. */
  get inProgress(): number {
    return this.queue.inProgress;
  }

  async close(): Promise<void> {
    // A draining subscription takes nothing new and still delivers what the broker had sent.
    await Promise.all(this.subscriptions.splice(0).map((subscription) => subscription.drain()));
    await this.queue.idle();
  }

  override on(): never {
    throw new Error('NatsStrategy has no events; watch the connection itself');
  }

  override unwrap<T>(): T {
    return this.connection as T;
  }

  private subscribe(pattern: string, { subject, queue, busy }: Listening): void {
    const callback = (error: Error | null, message: Msg) => {
      if (error) return this.logger.error(`subscription to ${subject} failed: ${error.message}`);
      const arrivedAt = performance.now();
      const accepted = this.queue.add(() => this.handle(pattern, message, arrivedAt));
      if (!accepted) message.respond(busy());
    };
    this.subscriptions.push(this.connection.subscribe(subject, { callback, ...(queue ? { queue } : {}) }));
  }

  private async handle(pattern: string, message: Msg, arrivedAt: number): Promise<void> {
    try {
      const handler = this.messageHandlers.get(pattern)!;
      const outcome: unknown = await handler(message.string(), { arrivedAt } satisfies AskContext);
      const reply: unknown = isObservable(outcome)
        ? await lastValueFrom(outcome, { defaultValue: undefined })
        : outcome;
      if (reply !== undefined) message.respond(reply as string);
    } catch (error) {
      // The asker's deadline covers it; one bad message must not end the process.
      this.logger.error(`${pattern} failed`, error);
    }
  }
}
