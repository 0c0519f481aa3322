import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import { INVALIDATION_SUBJECT, RESULT_CACHE_TTL_MS } from '@shoal/contracts';
import { Faults, NATS } from '@shoal/runtime';
import { ConnectionStatus, flushWithin } from '@shoal/nats';
import { LRUCache } from 'lru-cache';
import type { CacheResult, FromRoot } from './found.js';

/** How long news is waited for, at most half of a search's time; without it the answer that is kept may be too old. */
const INVALIDATION_WAIT_MS = 250;
/** Characters of hits held. */
const MAX_SIZE = 16 * 1024 * 1024;

/**
 * Complete answers of the last second, until the log advances. A popular query that many ask at the same moment is asked
 * of the roots once: the others wait for the same flight.
 */
@Injectable()
export class ResultCache implements OnModuleInit, OnApplicationShutdown {
  private readonly results = new LRUCache<string, FromRoot>({
    ttl: RESULT_CACHE_TTL_MS,
    maxSize: MAX_SIZE,
    sizeCalculation: ({ hits }) => hits.length + 500,
  });
  private readonly flights = new Map<string, Promise<FromRoot>>();
  /** Grows with the log: an answer from before it grew must not be kept after. */
  private generation = 0;
  private subscription?: Subscription;
  private unfollow?: () => void;
  private pendingFlush: Promise<boolean> | null = null;

  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    private readonly faults: Faults,
  ) {}

  onModuleInit(): void {
    this.subscription = this.connection.subscribe(INVALIDATION_SUBJECT, {
      callback: () => this.invalidateAll(),
    });
    // Invalidations published while disconnected are lost, so clear the cache.
    this.unfollow = ConnectionStatus.of(this.connection).follow({ onDisconnect: () => this.invalidateAll() });
  }

  onApplicationShutdown(): void {
    this.subscription?.unsubscribe();
    this.unfollow?.();
  }

  /**
   * @param key names the question, its time limit included: who shares a flight shares its deadline
   * @param budgetMs that time limit; `ask` is told what is left of it
   * @returns the answer, and where it comes from
   */
  async get(
    key: string,
    budgetMs: number,
    ask: (budgetMs: number) => Promise<FromRoot>,
  ): Promise<{ found: FromRoot; cache: CacheResult }> {
    const began = performance.now();
    // A flight that began before the news would bring an answer from before it, as much as one that is kept.
    const there = this.results.has(key) || this.flights.has(key);
    const heard = there && (await this.flushInvalidations(Math.min(INVALIDATION_WAIT_MS, budgetMs / 2)));
    const kept = heard ? this.results.get(key) : undefined;
    if (kept) return { found: kept, cache: 'hit' };
    const underWay = heard ? this.flights.get(key) : undefined;
    if (underWay && !this.faults.on('no-single-flight')) return { found: await underWay, cache: 'joined' };
    const flight = this.fly(key, () => ask(budgetMs - (performance.now() - began)));
    this.flights.set(key, flight);
    try {
      return { found: await flight, cache: 'miss' };
    } finally {
      if (this.flights.get(key) === flight) this.flights.delete(key);
    }
  }

  /**
   * Resolves with true when this process has heard all that was said before the call: the broker answers a ping after what it
   * had for us. Who was told that a document can be found therefore never gets an answer from before. One ping serves all
   * that ask in the same turn.
   */
  private flushInvalidations(withinMs: number): Promise<boolean> {
    this.pendingFlush ??= new Promise((resolve) => {
      setImmediate(() => {
        this.pendingFlush = null;
        resolve(flushWithin(this.connection, withinMs));
      });
    });
    return this.pendingFlush;
  }

  private async fly(key: string, ask: () => Promise<FromRoot>): Promise<FromRoot> {
    const generation = this.generation;
    const found = await ask();
    // A degraded answer would hide that the shard is back.
    const complete = found.answer.status === 200 && !found.answer.coverage.degraded;
    if (complete && generation === this.generation) this.results.set(key, found);
    return found;
  }

  private invalidateAll(): void {
    this.generation++;
    this.results.clear();
    this.flights.clear();
  }
}
