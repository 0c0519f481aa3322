import { jetstream } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';

export interface HeartbeatOptions<T> {
  bucket: string;
  /** The member's name: `[A-Za-z0-9_-]`, dots inside allowed. */
  key: string;
  everyMs: number;
  /** After how long without a beat the others take the member for gone; the bucket's own ttl, and the roster's. */
  ttlMs: number;
  /** Returns the member's state, as JSON, for each beat. */
  state(): T;
  /** A beat was acknowledged. */
  onRenewed?(): void;
}

/** No two clocks run at the same pace: a member stops relying on its membership this share of the ttl before others may. */
const MARGIN = 0.1;

/**
 * Publishes a member's state to a KV bucket at a fixed interval. A failed beat is not reported: the next one follows, and
 * the other processes notice when all fail.
 */
export class Heartbeat<T> {
  private kv: KV | undefined;
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> | undefined;
  private again = false;
  private since = Infinity;
  private until = -Infinity;

  /** @throws RangeError when one lost beat would already cost the membership */
  constructor(
    private readonly connection: NatsConnection,
    private readonly options: HeartbeatOptions<T>,
  ) {
    if (options.everyMs * 2 > options.ttlMs) {
      throw new RangeError(
        `everyMs must be at most half of ttlMs (${options.ttlMs}), so that one beat may be lost`,
      );
    }
  }

  /** Beats now and from then on every `everyMs`. */
  async start(): Promise<void> {
    const { bucket, everyMs } = this.options;
    // The request must time out before the next beat is due, or that beat is skipped.
    this.kv = await new Kvm(jetstream(this.connection, { timeout: everyMs })).open(bucket);
    this.timer = setInterval(() => void this.beat(), everyMs);
    await this.beat();
  }

  /** Beats now, because the state has changed. While one beat is under way, any number of calls lead to one more. */
  beat(): Promise<void> {
    if (this.sending) this.again = true;
    else this.sending = this.send();
    return this.sending;
  }

  /**
   * Time since which no process can have expired the member, by `performance.now()`; null when one may have by now. This is a
   * lease: it depends on acknowledged beats and the local clock alone, and counts from before a beat was sent. A process
   * that was paused, or disconnected from NATS, sees immediately that its lease has expired.
   */
  get unbrokenSince(): number | null {
    return performance.now() < this.until ? this.since : null;
  }

  /** Stops, and takes the member off the list at once if NATS is there. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.again = false;
    // Taken away first: a beat that is called for meanwhile would put the key back.
    const { kv } = this;
    this.kv = undefined;
    await this.sending;
    this.until = -Infinity;
    await kv?.delete(this.options.key).catch(() => undefined);
  }

  private async send(): Promise<void> {
    do {
      this.again = false;
      await this.renew().catch(() => undefined);
    } while (this.again);
    this.sending = undefined;
  }

  private async renew(): Promise<void> {
    if (!this.kv) return;
    const { key, ttlMs, state, onRenewed } = this.options;
    const sent = performance.now();
    await this.kv.put(key, JSON.stringify(state()));
    const acknowledged = performance.now();
    // Processes that may have expired the member meanwhile know it again from here on.
    if (acknowledged >= this.until) this.since = acknowledged;
    this.until = sent + ttlMs * (1 - MARGIN);
    onRenewed?.();
  }
}
