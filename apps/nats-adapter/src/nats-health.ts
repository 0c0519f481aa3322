import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Readiness } from '@shoal/telemetry';
import { Monitoring } from './monitoring.js';

const POLL_MS = 2_000;

/** Mirrors nats-server's `/healthz` in this process's `/readyz`. */
@Injectable()
export class NatsHealth implements OnApplicationBootstrap, OnModuleDestroy {
  private missing: string | null = 'nats-server was not checked yet';
  private readonly ended = new AbortController();

  constructor(
    private readonly monitoring: Monitoring,
    readiness: Readiness,
  ) {
    readiness.add('nats', () => this.missing);
  }

  onApplicationBootstrap(): void {
    void this.poll();
  }

  onModuleDestroy(): void {
    this.ended.abort();
  }

  private async poll(): Promise<void> {
    const { signal } = this.ended;
    while (!signal.aborted) {
      const health = await this.monitoring.read('healthz');
      if (!health) this.missing = 'nats-server does not respond on its monitoring port';
      else this.missing = health.status === 'ok' ? null : (health.error ?? health.status);
      await delay(POLL_MS, undefined, { signal }).catch(() => {});
    }
  }
}
