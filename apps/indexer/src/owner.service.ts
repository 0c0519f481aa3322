import { setTimeout as delay } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { NatsConnection } from '@nats-io/transport-node';
import { LEASE_BUCKET, LEASE_KEY, LEASE_TTL_MS, SCHEMA_VERSION, type LeaseRecord } from '@shoal/contracts';
import { Lease } from '@shoal/ownership-election';
import { NATS, type SettingsService } from '@shoal/service';
import { Sequencer } from './sequencer.js';
import { Statistician } from './statistician.js';
import { Tenure } from './tenure.js';
import { Topologist } from './topologist.js';

/** Campaigns for the lease; while it is held, does the owner's three jobs under its fencing token. */
@Injectable()
export class OwnerService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('owner');
  readonly lease: Lease;
  private tenure: Tenure | null = null;

  constructor(
    @Inject(NATS) connection: NatsConnection,
    @Inject(ConfigService) settings: SettingsService,
    private readonly sequencer: Sequencer,
    private readonly topologist: Topologist,
    private readonly statistician: Statistician,
  ) {
    const holder = settings.get('SHOAL_NAME', { infer: true });
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
  async onModuleDestroy(): Promise<void> {
    this.end('this process is ending');
    // A write in hand may wait for a broker that is away; once the lease is over the log refuses it anyway.
    await Promise.race([this.tenure?.finished, delay(LEASE_TTL_MS, undefined, { ref: false })]);
    await this.lease.stop();
  }

  private begin(token: number): void {
    this.logger.log(`owner with fencing token ${token}`);
    const tenure = new Tenure(token, () => this.lease.token === token);
    this.tenure = tenure;
    tenure.run('sequencer', () => this.sequencer.serve(tenure));
    tenure.run('topologist', () => this.topologist.serve(tenure));
    tenure.run('statistician', () => this.statistician.serve(tenure));
  }

  private end(reason: string): void {
    if (!this.tenure || this.tenure.ended) return;
    this.logger.warn(`no longer owner: ${reason}`);
    this.tenure.end();
  }
}
