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
  REFUSED_SUBJECT,
  SCHEMA_VERSION,
  type LeaseRecord,
  type Refused,
} from '@shoal/contracts';
import { type FencedOffError, Lease } from '@shoal/ownership-election';
import { NATS, type SettingsService } from '@shoal/service';
import { IndexerMetrics } from './indexer.metrics.js';
import { Sequencer } from './sequencer.js';
import { Statistician } from './statistician.js';
import { Tenure } from './tenure.js';
import { Topologist } from './topologist.js';

/** Campaigns for the lease; while it is held, does the owner's three jobs under its fencing token. */
@Injectable()
export class OwnerService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('owner');
  readonly lease: Lease;
  private readonly holder: string;
  private tenure: Tenure | null = null;

  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    @Inject(ConfigService) settings: SettingsService,
    private readonly sequencer: Sequencer,
    private readonly topologist: Topologist,
    private readonly statistician: Statistician,
    private readonly metrics: IndexerMetrics,
  ) {
    const holder = settings.get('SHOAL_NAME', { infer: true });
    this.holder = holder;
    this.lease = new Lease(connection, {
      bucket: LEASE_BUCKET,
      key: LEASE_KEY,
      holder,
      value: JSON.stringify({ v: SCHEMA_VERSION, holder } satisfies LeaseRecord),
      ttlMs: LEASE_TTL_MS,
      replicas: settings.get('SHOAL_STREAM_REPLICAS', { infer: true }),
    });
    this.lease.on('acquired', (token) => this.begin(token));
    this.lease.on('lost', (reason) => this.end(reason));
  }

  onApplicationBootstrap(): void {
    this.lease.start();
  }

  /** Work in hand is finished before the lease is given up, so that the next owner finds the log at rest. */
  async beforeApplicationShutdown(): Promise<void> {
    if (this.tenure && !this.tenure.ended) this.logger.log('gives up the lease: this process is ending');
    this.tenure?.end();
    // A write in hand may wait for a broker that is away; once the lease is over the log refuses it anyway.
    await Promise.race([this.tenure?.finished, delay(LEASE_TTL_MS, undefined, { ref: false })]);
    await this.lease.stop();
  }

  /** How long this process has owned, in ms; 0 while it does not. */
  get ownedForMs(): number {
    return this.tenure && !this.tenure.over ? this.tenure.ageMs : 0;
  }

  private begin(token: number): void {
    this.logger.log(`owner with fencing token ${token}`);
    const tenure = new Tenure(
      token,
      () => this.lease.token === token,
      (error) => this.fencedOff(token, error),
    );
    this.tenure = tenure;
    tenure.run('sequencer', () => this.sequencer.serve(tenure));
    tenure.run('topologist', () => this.topologist.serve(tenure));
    tenure.run('statistician', () => this.statistician.serve(tenure));
  }

  /** The log knows better than this process's clock: another owns. */
  private fencedOff(token: number, { message }: FencedOffError): void {
    this.metrics.fencedOff.inc();
    const refused: Refused = { v: SCHEMA_VERSION, holder: this.holder, token, detail: message };
    this.connection.publish(REFUSED_SUBJECT, JSON.stringify(refused));
    this.lease.forfeit(token, message);
  }

  private end(reason: string): void {
    if (!this.tenure || this.tenure.ended) return;
    this.logger.warn(`no longer owner: ${reason}`);
    this.tenure.end();
  }
}
