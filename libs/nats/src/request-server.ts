import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { isObservable, lastValueFrom } from 'rxjs';

/** Limits of a queue. Read at every arrival, so they may change. */
export interface QueueBound {
  /** Maximum number of waiting items: bounds the memory. */
  readonly items: number;
  /**
   * Maximum age of the oldest waiting item, in ms; an older one makes the queue full. It bounds the time whatever an item
   * costs: work that waits for most of its deadline comes too late.
   */
  readonly waitMs: number;
}

/** Default bound. The wait is a quarter of a second because a search has one second in all. */
export const QUEUE_BOUND: QueueBound = { items: 1024, waitMs: 250 };

/**
 * A first-in, first-out queue with a bound. Work begins in a later turn of the event loop, one item a turn. Between two
 * items the socket is read, so waiting work is held here, where it is counted and rejected, and not in a socket buffer.
 */
export class BoundedQueue<T> {
  private readonly waiting: { item: T; since: number }[] = [];
  private running = 0;
  private scheduled = false;
  private readonly idlers: (() => void)[] = [];

  constructor(
    private readonly work: (item: T) => Promise<void>,
    private readonly bound: QueueBound,
  ) {}

  /** @returns false when the queue is full: the item was rejected */
  add(item: T): boolean {
    if (this.isFull()) return false;
    this.waiting.push({ item, since: performance.now() });
    this.schedule();
    return true;
  }

  /** Number of waiting items. */
  get length(): number {
    return this.waiting.length;
  }

  /** Number of items that have begun and not ended. */
  get inProgress(): number {
    return this.running;
  }

  /** Resolves when no item waits or runs. */
  idle(): Promise<void> {
    if (this.waiting.length === 0 && this.running === 0) return Promise.resolve();
    return new Promise((resolve) => this.idlers.push(resolve));
  }

  private isFull(): boolean {
    const [oldest] = this.waiting;
    if (oldest === undefined) return false;
    const { items, waitMs } = this.bound;
    return this.waiting.length >= items || performance.now() - oldest.since > waitMs;
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      const next = this.waiting.shift();
      if (next) void this.run(next.item);
      if (this.waiting.length > 0) this.schedule();
    });
  }

  private async run(item: T): Promise<void> {
    this.running++;
    try {
      await this.work(item);
    } finally {
      this.running--;
      if (this.waiting.length === 0 && this.running === 0) for (const idle of this.idlers.splice(0)) idle();
    }
  }
}

/** Subscription of one message pattern. */
export interface Endpoint {
  subject: string;
  /** Queue group: NATS delivers each message to one of the processes that share it. */
  queue?: string;
  /** Returns the reply to a message that finds the queue full. */
  busy: () => string;
}

/** Second argument of a handler. */
export interface RequestContext {
  /** `performance.now()` at arrival. The time from then until the handler runs was spent in the queue. */
  arrivedAt: number;
}

/**
 * A Nest transport strategy for the hot path: calls `@MessagePattern` handlers with the message's text and responds with
 * the text that they return; a handler that returns nothing sends no reply. Nest's own NATS transport parses and wraps
 * every packet and accepts without a bound. Here messages wait in one bounded queue, and a full queue rejects immediately.
 */
export class RequestServer extends Server implements CustomTransportStrategy {
  private readonly subscriptions: Subscription[] = [];
  private readonly queue: BoundedQueue<() => Promise<void>>;

  /**
   * @param endpoints by the patterns of all handlers
   * @param bound limit of the waiting messages of all patterns together
   */
  constructor(
    private readonly connection: NatsConnection,
    private readonly endpoints: Record<string, Endpoint>,
    bound = QUEUE_BOUND,
  ) {
    super();
    this.queue = new BoundedQueue((work) => work(), bound);
  }

  /** @throws Error that names the missing handler of a pattern or the missing endpoint of a handler */
  listen(callback: (error?: unknown) => void): void {
    const handled = [...this.messageHandlers.keys()];
    const missing = Object.keys(this.endpoints).filter((pattern) => !handled.includes(pattern));
    const unknown = handled.filter((pattern) => !(pattern in this.endpoints));
    if (missing.length > 0)
      throw new Error(
        `no handler for ${missing.join(', ')}: add a method with @MessagePattern('${missing[0]}')`,
      );
    if (unknown.length > 0)
      throw new Error(`no subject for ${unknown.join(', ')}: add it to the endpoints of the RequestServer`);
    for (const [pattern, endpoint] of Object.entries(this.endpoints)) this.subscribe(pattern, endpoint);
    callback();
  }

  /** Number of messages that wait. */
  get queued(): number {
    return this.queue.length;
  }

  /** Number of messages whose handlers are running. */
  get inProgress(): number {
    return this.queue.inProgress;
  }

  /** Stops receiving, and resolves when the received messages have been handled. */
  async close(): Promise<void> {
    // A draining subscription accepts nothing new and still delivers what the server had sent.
    await Promise.all(this.subscriptions.splice(0).map((subscription) => subscription.drain()));
    await this.queue.idle();
  }

  override on(): never {
    throw new Error('RequestServer has no events; follow ConnectionStatus instead');
  }

  override unwrap<T>(): T {
    return this.connection as T;
  }

  private subscribe(pattern: string, { subject, queue, busy }: Endpoint): void {
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
      const outcome: unknown = await handler(message.string(), { arrivedAt } satisfies RequestContext);
      const reply: unknown = isObservable(outcome)
        ? await lastValueFrom(outcome, { defaultValue: undefined })
        : outcome;
      if (reply !== undefined) message.respond(reply as string);
    } catch (error) {
      // The client's deadline covers it; one invalid message must not end the process.
      this.logger.error(`${pattern} failed`, error);
    }
  }
}
