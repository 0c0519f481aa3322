import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import { ADVANCED_SUBJECT } from '@shoal/contracts';
import { NATS } from '@shoal/service';
import { LRUCache } from 'lru-cache';
import type { FromRoot } from './roots.service.js';

/** An answer is never older than this, in ms, whatever news got lost. */
const TTL_MS = 1_000;
/** Characters of hits held. */
const MAX_SIZE = 16 * 1024 * 1024;

/**
 * Complete answers of the last second, until the log advances. A popular query that many ask at the same moment is asked
 * of the roots once: the others wait for the same flight.
 */
@Injectable()
export class AnswerCache implements OnModuleInit, OnModuleDestroy {
  private readonly answers = new LRUCache<string, FromRoot>({
    ttl: TTL_MS,
    maxSize: MAX_SIZE,
    sizeCalculation: ({ hits }) => hits.length + 500,
  });
  private readonly flights = new Map<string, Promise<FromRoot>>();
  /** Grows with the log: an answer from before it grew must not be kept after. */
  private generation = 0;
  private subscription?: Subscription;
  private ping: Promise<void> | null = null;

  constructor(@Inject(NATS) private readonly connection: NatsConnection) {}

  onModuleInit(): void {
    this.subscription = this.connection.subscribe(ADVANCED_SUBJECT, { callback: () => this.forget() });
  }

  onModuleDestroy(): void {
    this.subscription?.unsubscribe();
  }

  /**
   * @param key names the question, its time limit included: who shares a flight shares its deadline
   * @returns the answer, and whether it (or the flight it came with) was there already
   */
  async get(key: string, ask: () => Promise<FromRoot>): Promise<{ found: FromRoot; cached: boolean }> {
    if (this.answers.has(key)) await this.hearNews();
    const kept = this.answers.get(key);
    if (kept) return { found: kept, cached: true };
    const underWay = this.flights.get(key);
    if (underWay) return { found: await underWay, cached: true };
    const flight = this.fly(key, ask);
    this.flights.set(key, flight);
    try {
      return { found: await flight, cached: false };
    } finally {
      if (this.flights.get(key) === flight) this.flights.delete(key);
    }
  }

  /**
   * Resolves when this process has heard all that was said before the call: the broker answers a ping after what it had
   * for us. Who was told that a document can be found therefore never gets an answer from before. One ping serves all
   * that ask in the same turn.
   */
  private hearNews(): Promise<void> {
    this.ping ??= new Promise((resolve, reject) => {
      setImmediate(() => {
        this.ping = null;
        this.connection.flush().then(resolve, reject);
      });
    });
    return this.ping;
  }

  private async fly(key: string, ask: () => Promise<FromRoot>): Promise<FromRoot> {
    const generation = this.generation;
    const found = await ask();
    // A degraded answer would hide that the shard is back.
    const complete = found.answer.status === 200 && !found.answer.coverage.degraded;
    if (complete && generation === this.generation) this.answers.set(key, found);
    return found;
  }

  private forget(): void {
    this.generation++;
    this.answers.clear();
    this.flights.clear();
  }
}
