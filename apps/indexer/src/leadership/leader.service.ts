import { setTimeout as delay } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  LEASE_BUCKET,
  LEASE_KEY,
  LEASE_TTL_MS,
  FENCED_SUBJECT,
  SCHEMA_VERSION,
  type LeaseRecord,
  type FencedWrite,
} from '@shoal/contracts';
import { type FencedOffError, Lease } from '@shoal/leader-election';
import { NATS, type SettingsService } from '@shoal/runtime';
import { IndexerMetrics } from '../indexer.metrics.js';
import { Sequencer } from '../sequencing/sequencer.js';
import { TermStatisticsAggregator } from '../statistics/term-statistics-aggregator.js';
import { LeadershipTerm } from './leadership-term.js';
import { ShardAllocator } from '../allocation/shard-allocator.js';

/** Campaigns for the lease; while it is held, does the leader's three jobs under its fencing token. */
@Injectable()
export class LeaderService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('leader');
  readonly lease: Lease;
  private readonly indexer: string;
  private term: LeadershipTerm | null = null;

  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    @Inject(ConfigService) settings: SettingsService,
    private readonly sequencer: Sequencer,
    private readonly allocator: ShardAllocator,
    private readonly aggregator: TermStatisticsAggregator,
    private readonly metrics: IndexerMetrics,
  ) {
    const leader = settings.get('SHOAL_NAME', { infer: true });
    this.indexer = leader;
    this.lease = new Lease(connection, {
      bucket: LEASE_BUCKET,
      key: LEASE_KEY,
      candidate: leader,
      value: JSON.stringify({ v: SCHEMA_VERSION, leader: leader } satisfies LeaseRecord),
      ttlMs: LEASE_TTL_MS,
      replicas: settings.get('SHOAL_STREAM_REPLICAS', { infer: true }),
    });
    this.lease.on('acquired', (token) => this.begin(token));
    this.lease.on('lost', (reason) => this.end(reason));
  }

  onApplicationBootstrap(): void {
    this.lease.start();
  }

  /** Finishes the batch in flight before the lease is released, so that the next leader finds a quiet log. */
  async beforeApplicationShutdown(): Promise<void> {
    if (this.term && !this.term.ended) this.logger.log('gives up the lease: this process is ending');
    this.term?.end();
    // A write in flight may wait for an unreachable NATS; once the lease has expired the log rejects it anyway.
    await Promise.race([this.term?.finished, delay(LEASE_TTL_MS, undefined, { ref: false })]);
    await this.lease.stop();
  }

  /** Age of this process's term as leader, in ms; 0 while it does not lead. */
  get leadingForMs(): number {
    return this.term && !this.term.over ? this.term.ageMs : 0;
  }

  private begin(token: number): void {
    this.logger.log(`leader with fencing token ${token}`);
    const term = new LeadershipTerm(
      token,
      () => this.lease.token === token,
      (error) => this.fencedOff(token, error),
    );
    this.term = term;
    term.run('sequencer', () => this.sequencer.serve(term));
    term.run('topologist', () => this.allocator.serve(term));
    term.run('statistician', () => this.aggregator.serve(term));
  }

  /** The log knows better than this process's clock: another leads. */
  private fencedOff(token: number, { message }: FencedOffError): void {
    this.metrics.fencedOff.inc();
    const rejected: FencedWrite = { v: SCHEMA_VERSION, formerLeader: this.indexer, token, detail: message };
    this.connection.publish(FENCED_SUBJECT, JSON.stringify(rejected));
    this.lease.forfeit(token, message);
  }

  private end(reason: string): void {
    if (!this.term || this.term.ended) return;
    this.logger.warn(`no longer leader: ${reason}`);
    this.term.end();
  }
}
