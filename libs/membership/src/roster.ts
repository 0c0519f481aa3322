import { setTimeout as wait } from 'node:timers/promises';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { keySubject, type KvEntry, KvWatch } from '@shoal/nats';

interface Member<T> {
  state: T;
  json: string;
  /** By the local monotonic clock, like the next one. */
  renewedAt: number;
  /** When a beat came directly, and not out of the bucket. */
  beatReceivedAt: number;
}

export interface RosterOptions<T> {
  bucket: string;
  /** Time after which a member without a beat expires, in ms. */
  ttlMs: number;
  /** Reads a member's JSON, default `JSON.parse`. If it throws, the member is left out. */
  parse?: (json: string) => T;
  /**
   * Beats do not count before they are stored, and all members may be gone at once. For leases: their keys are written by
   * compare-and-set, and one that cannot be renewed has ended. Default false: heartbeats.
   */
  persistedBeatsOnly?: boolean;
}

/** Number of TTLs that a silence of all members may last. */
const CLUSTER_SILENCE_FACTOR = 4;

/**
 * The members that are present, by their heartbeats in a KV bucket. Beats are received directly as they are sent: a watch of
 * the bucket needs a stored beat and a consumer, and both may wait for elections in a NATS cluster that has lost a server.
 * A bucket sends no event when a key expires by max_age, and the clocks of two machines cannot be compared. A member's
 * life is therefore measured on the local monotonic clock from when its beat was *received*. A stale entry in the first list,
 * left by a member that died shortly before, lives up to one TTL longer here. Time during which NATS did not answer does
 * not count.
 */
export class Roster<T> {
  private readonly known = new Map<string, Member<T>>();
  /** Members whose state could not be read, reported once rather than at every beat. */
  private readonly unreadable = new Set<string>();
  private readonly listeners = new Set<(member: string, state: T | null) => void>();
  private readonly closing = new AbortController();
  /** True while the watch delivers the initial content of the bucket. */
  private listing = true;
  private watch: KvWatch | undefined;
  private beatSubscription: Subscription | undefined;

  private constructor(
    private readonly connection: NatsConnection,
    private readonly ttlMs: number,
    private readonly parse: (json: string) => T,
    private readonly commonSilenceMs: number,
  ) {}

  /**
   * Resolves once all that the bucket holds is known.
   * @throws when the bucket is missing (see ensureBucket) or NATS out of reach
   */
  static async open<T>(connection: NatsConnection, options: RosterOptions<T>): Promise<Roster<T>> {
    const {
      bucket,
      ttlMs,
      parse = (json) => JSON.parse(json) as T,
      persistedBeatsOnly: onlyWhatIsStored = false,
    } = options;
    const roster = new Roster<T>(
      connection,
      ttlMs,
      parse,
      onlyWhatIsStored ? ttlMs : CLUSTER_SILENCE_FACTOR * ttlMs,
    );
    const complete = Promise.withResolvers<void>();
    roster.watch = new KvWatch(connection, bucket, '>', {
      onBegin: () => {
        roster.listing = true;
        roster.extendAll(ttlMs);
      },
      onEntry: (entry) => roster.read(entry),
      onComplete: () => {
        roster.listing = false;
        complete.resolve();
      },
    });
    await roster.watch.start();
    if (!onlyWhatIsStored) roster.listen(bucket);
    await complete.promise;
    void roster.expire();
    return roster;
  }

  /** Returns the present members by name. */
  members(): Map<string, T> {
    return new Map(Array.from(this.known, ([name, { state }]) => [name, state]));
  }

  /** Returns the state of a member, or undefined when it is not present. */
  get(member: string): T | undefined {
    return this.known.get(member)?.state;
  }

  /** Calls the listener when a member joins, changes its state or leaves (null), until the returned function is called. */
  onChange(listener: (member: string, state: T | null) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  close(): void {
    this.closing.abort();
    this.listeners.clear();
    this.watch?.stop();
    this.beatSubscription?.unsubscribe();
  }

  private listen(bucket: string): void {
    this.beatSubscription = this.connection.subscribe(keySubject(bucket, '>'), {
      callback: (error, message) => {
        if (!error) this.onBeat(message.subject.slice(keySubject(bucket, '').length), message);
      },
    });
  }

  private onBeat(key: string, message: Msg): void {
    // The watch reports a departure, in order after the earlier beats.
    if (message.headers?.has('KV-Operation')) return;
    this.renew(key, message.string(), performance.now());
  }

  private read({ key, json }: KvEntry): void {
    const heardAt = this.known.get(key)?.beatReceivedAt ?? -Infinity;
    const unheardMs = performance.now() - heardAt;
    if (json === null) {
      // A list may come from a lagging copy, and the member may have left before its newest beat.
      if (!this.listing || unheardMs > this.ttlMs) this.remove(key);
      return;
    }
    // For a member with direct beats the bucket repeats the same state later, or an old one.
    if (unheardMs > this.ttlMs / 2) this.renew(key, json, heardAt);
  }

  private renew(key: string, json: string, heardAt: number): void {
    const silenceMs = performance.now() - this.newestBeat();
    // The silence is over, but the beats of other members are still to come.
    if (silenceMs > this.ttlMs) this.extendAll(silenceMs);
    const known = this.known.get(key);
    if (known?.json === json) {
      known.renewedAt = performance.now();
      known.beatReceivedAt = heardAt;
      return;
    }
    let state: T;
    try {
      state = this.parse(json);
    } catch (error) {
      if (!this.unreadable.has(key))
        process.emitWarning(`member ${key} is left out, its state is unreadable: ${String(error)}`);
      this.remove(key);
      this.unreadable.add(key);
      return;
    }
    this.unreadable.delete(key);
    this.known.set(key, { state, json, renewedAt: performance.now(), beatReceivedAt: heardAt });
    this.notify(key, state);
  }

  private remove(key: string): void {
    this.unreadable.delete(key);
    if (this.known.delete(key)) this.notify(key, null);
  }

  private notify(key: string, state: T | null): void {
    for (const listener of this.listeners) listener(key, state);
  }

  /** Extends the life of all members by `ms`. */
  private extendAll(ms: number): void {
    const now = performance.now();
    for (const member of this.known.values()) member.renewedAt = Math.min(member.renewedAt + ms, now);
  }

  private async expire(): Promise<void> {
    let unanswered: number | undefined;
    while (await this.sleep()) {
      unanswered ??= performance.now();
      // The answer comes after every beat that was sent before it, also when this process or NATS had been stopped for a while.
      const answered = await this.connection.flush().then(
        () => true,
        () => false,
      );
      if (!answered) continue;
      this.extendAll(performance.now() - unanswered);
      unanswered = undefined;
      const oldest = this.expiryThreshold();
      for (const [key, { renewedAt }] of this.known) if (renewedAt < oldest) this.remove(key);
    }
  }

  /**
   * Returns the time before which a beat is too old, measured from the newest beat of any member. When all members fall
   * silent together, this process most likely receives nothing (its NATS server may be partitioned from theirs), and expiring
   * all of them would stop a healthy service. After CLUSTER_SILENCE_FACTOR TTLs the members do expire.
   */
  private expiryThreshold(): number {
    return Math.max(this.newestBeat() - this.ttlMs, performance.now() - this.commonSilenceMs);
  }

  private newestBeat(): number {
    return Math.max(...Array.from(this.known.values(), ({ renewedAt }) => renewedAt));
  }

  private async sleep(): Promise<boolean> {
    const { signal } = this.closing;
    if (this.connection.isClosed() || signal.aborted) return false;
    return wait(this.ttlMs / 10, true, { signal }).catch(() => false);
  }
}
