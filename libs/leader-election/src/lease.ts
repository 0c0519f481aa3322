import { EventEmitter } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import { isWrongSequence } from '@shoal/nats';
import { openLeaseBucket, type LeaseBucket } from './lease-bucket.js';

export interface LeaseOptions {
  /** KV bucket, made when there is none. */
  bucket: string;
  key: string;
  /** Name of this candidate, for the reasons that it gives. */
  candidate: string;
  /** Value of the key while this candidate leads, which identifies the leader. JSON by convention. */
  value: string;
  /** Time for which a silent leader blocks its successor, in ms; at least 100. An existing bucket's own age takes precedence. */
  ttlMs: number;
  /** Servers that hold a copy of the bucket, default 1. */
  replicas?: number;
  /** A monotonic clock in ms, default `performance.now`. */
  now?: () => number;
}

export interface LeaseEvents {
  /** This candidate leads from now on; with the fencing token. */
  acquired: [token: number];
  /** It leads no more, for this reason. Fires before another can win, unless the process was paused. */
  lost: [reason: string];
  /** An attempt failed and will be retried, for example because NATS is unreachable. */
  retrying: [error: Error];
}

/** One won term. */
interface Term {
  token: number;
  /** Revision of the last renewal, which the next one replaces. */
  revision: number;
  /** The local time, in ms, at which this process must stop believing. */
  until: number;
}

/**
 * At most one of all candidates for a key believes that it leads. A lease in the sense of Gray and Cheriton (SOSP 1989): a
 * claim that ends by itself. It is only ever concluded from the result of a compare-and-set and the local monotonic clock,
 * and counts from before the write was sent, so that it ends here before it ends on the server.
 */
export class Lease extends EventEmitter<LeaseEvents> {
  readonly #connection: NatsConnection;
  readonly #options: LeaseOptions;
  readonly #now: () => number;
  #bucket: LeaseBucket | null = null;
  #term: Term | null = null;
  #running: Promise<void> | null = null;
  #stop = new AbortController();

  constructor(connection: NatsConnection, options: LeaseOptions) {
    super();
    this.#connection = connection;
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /**
   * The fencing token (revision of the write that won; later wins have larger ones), or null when this process must not
   * believe that it leads. It reads the clock each time, so a process that was paused sees at once that its time is over.
   */
  get token(): number | null {
    return this.#term && this.#now() < this.#term.until ? this.#term.token : null;
  }

  /** For how long this process may still believe that it leads if it cannot renew, in ms; 0 when it must not. */
  get remainingMs(): number {
    return this.#term ? Math.max(0, this.#term.until - this.#now()) : 0;
  }

  /** Campaigns, and holds what it wins, until {@link stop}. Comes back at once; NATS need not be there. */
  start(): void {
    if (this.#running) return;
    this.#stop = new AbortController();
    this.#running = this.#run(this.#stop.signal);
  }

  /** Gives up this win at once: the leader has learnt that another leads by now. The campaign goes on. */
  forfeit(token: number, reason: string): void {
    if (this.#term?.token === token) this.#lose(reason);
  }

  /** Ends the campaign; a leader resigns, so that the next candidate's next try wins. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#running = null;
  }

  async #run(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      let waitMs: number;
      try {
        this.#bucket ??= await this.#openBucket();
        waitMs = this.#term
          ? await this.#renew(this.#term, this.#bucket)
          : await this.#campaign(this.#bucket);
      } catch (error) {
        // Opening the bucket again could outlast a term, and then 'lost' would be late.
        if (!this.#term) this.#bucket = null;
        waitMs = this.#retryMs;
        this.emit('retrying', error instanceof Error ? error : new Error(String(error)));
      }
      await sleep(this.#term ? Math.min(waitMs, this.#term.until - this.#now()) : waitMs, stopped);
    }
    await this.#resign();
  }

  #openBucket(): Promise<LeaseBucket> {
    const { bucket, ttlMs, replicas = 1 } = this.#options;
    return openLeaseBucket(this.#connection, bucket, ttlMs, replicas);
  }

  /** One try to win. Resolves with the time to the next step, in ms. */
  async #campaign({ kv, ttlMs }: LeaseBucket): Promise<number> {
    const until = this.#now() + ttlMs - marginOf(ttlMs);
    try {
      const revision = await kv.create(this.#options.key, this.#options.value);
      if (this.#now() >= until) return this.#retryMs;
      this.#term = { token: revision, revision, until };
      this.emit('acquired', revision);
      return ttlMs / 3;
    } catch (error) {
      if (!isWrongSequence(error)) throw error;
      return this.#retryMs;
    }
  }

  /** One renewal, for which there is time until the term ends. Resolves with the time to the next step, in ms. */
  async #renew(term: Term, { kv, ttlMs }: LeaseBucket): Promise<number> {
    const { key, value, candidate: leader } = this.#options;
    const sent = this.#now();
    if (sent >= term.until) return this.#lose(`${leader} did not renew it in time`);
    try {
      term.revision = await kv.update(key, value, term.revision, term.until - sent);
    } catch (error) {
      if (!isWrongSequence(error)) throw error;
      return this.#lose(
        `the key's last write is not one that ${leader} knows of: another leads, or an acknowledgement was lost`,
      );
    }
    if (this.#now() >= term.until) return this.#lose(`${leader}'s renewal was acknowledged too late`);
    term.until = sent + ttlMs - marginOf(ttlMs);
    return ttlMs / 3;
  }

  #lose(reason: string): number {
    // Forfeited while a renewal was under way.
    if (!this.#term) return this.#retryMs;
    this.#term = null;
    this.emit('lost', reason);
    return this.#retryMs;
  }

  async #resign(): Promise<void> {
    if (!this.#term || !this.#bucket) return;
    const { revision } = this.#term;
    const stillOurs = this.token !== null;
    this.#lose(`${this.#options.candidate} resigned`);
    if (!stillOurs) return;
    // A failure is harmless: the lease then expires by itself.
    await this.#bucket.kv.delete(this.#options.key, { previousSeq: revision }).catch(() => undefined);
  }

  /** Time between two tries to win. A try costs the server one rejected write. */
  get #retryMs(): number {
    return this.#options.ttlMs / 12;
  }
}

/** Two clocks never run at the same pace, and between looking at the token and acting on it time passes. */
const marginOf = (ttlMs: number) => ttlMs / 10;

/** Waits for the given time or until it is aborted. */
const sleep = (ms: number, stopped: AbortSignal) =>
  setTimeout(Math.max(ms, 0), undefined, { signal: stopped }).catch(() => undefined);
