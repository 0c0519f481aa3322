import { setTimeout as delay } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  DRAIN_DELAY_MS,
  HEARTBEAT_MS,
  HEARTBEAT_TTL_MS,
  ROOTS_BUCKET,
  SCHEMA_VERSION,
  type RootHeartbeat,
} from '@shoal/contracts';
import { Heartbeat } from '@shoal/membership';
import { NATS, type SettingsService } from '@shoal/runtime';
import { retryUntilAvailable } from '@shoal/nats';

/** Announces this root to the frontends, from when it can answer until it is told to end. */
@Injectable()
export class HeartbeatService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private heartbeat?: Heartbeat<RootHeartbeat>;

  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    @Inject(ConfigService) private readonly settings: SettingsService,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const root = this.settings.get('SHOAL_NAME', { infer: true });
    const heartbeat = new Heartbeat<RootHeartbeat>(this.connection, {
      bucket: ROOTS_BUCKET,
      key: root,
      everyMs: HEARTBEAT_MS,
      ttlMs: HEARTBEAT_TTL_MS,
      state: () => ({ v: SCHEMA_VERSION, root }),
    });
    await retryUntilAvailable('the bucket of the roots', () => heartbeat.start());
    this.heartbeat = heartbeat;
  }

  /** Before the transport stops listening: what comes until the frontends know is still answered. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.heartbeat?.stop();
    await delay(DRAIN_DELAY_MS);
  }
}
