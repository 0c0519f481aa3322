import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import { INVALIDATION_SUBJECT, RESULT_CACHE_TTL_MS } from '@shoal/contracts';
import { Faults, NATS } from '@shoal/runtime';
import { ConnectionStatus, flushWithin } from '@shoal/nats';
import { LRUCache } from 'lru-cache';
import type { CacheResult, FromRoot } from './found.js';

/**
 * Maximum wait of a cache lookup for pending invalidations, in ms; at most half of the search's time budget. On timeout the
 * cached result is not used.
 */
const INVALIDATION_WAIT_MS = 250;
/** Characters of hits held. */
const MAX_SIZE = 16 * 1024 * 1024;

/**
 * Caches complete results until the log advances, for at most RESULT_CACHE_TTL_MS. Identical concurrent searches share one
 * request to the roots (single flight), so that a popular query is no thundering herd.
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
   * @param budgetMs that time limit; `ask` receives the rest of it
   * @returns the result and its source
   */
  async get(
    key: string,
    budgetMs: number,
    ask: (budgetMs: number) => Promise<FromRoot>,
  ): Promise<{ found: FromRoot; cache: CacheResult }> {
    const began = performance.now();
    // A flight that began before an invalidation returns an old result, as a cached one does.
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
   * Resolves to true once all invalidations published before this call have arrived here: NATS answers a ping after the
   * messages before it. A client whose write was confirmed therefore never gets a stale result. One ping serves all
   * lookups of a turn.
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
