import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Readiness } from '@shoal/telemetry';
import { Monitoring } from './monitoring.js';

const LOOK_MS = 2_000;

/** nats-server's `/healthz` in this process's `/readyz`: JetStream is up, and its streams are level with their leaders. */
@Injectable()
export class NatsHealth implements OnApplicationBootstrap, OnModuleDestroy {
  private missing: string | null = 'not asked yet';
  private readonly ended = new AbortController();

  constructor(
    private readonly monitoring: Monitoring,
    readiness: Readiness,
  ) {
    readiness.add('nats', () => this.missing);
  }

  onApplicationBootstrap(): void {
    void this.watch();
  }

  onModuleDestroy(): void {
    this.ended.abort();
  }

  private async watch(): Promise<void> {
    const { signal } = this.ended;
    while (!signal.aborted) {
      const health = await this.monitoring.read('healthz');
      if (!health) this.missing = 'nats-server does not answer on its monitoring port';
      else this.missing = health.status === 'ok' ? null : (health.error ?? health.status);
      await delay(LOOK_MS, undefined, { signal }).catch(() => {});
    }
  }
}
