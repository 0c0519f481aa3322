import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  HEARTBEAT_MS,
  HEARTBEAT_TTL_MS,
  ROOTS_BUCKET,
  SCHEMA_VERSION,
  type RootHeartbeat,
} from '@shoal/contracts';
import { ensureBucket, Heartbeat } from '@shoal/membership';
import { NATS, type SettingsService } from '@shoal/service';

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
    const replicas = this.settings.get('SHOAL_STREAM_REPLICAS', { infer: true });
    await ensureBucket(this.connection, { bucket: ROOTS_BUCKET, ttlMs: HEARTBEAT_TTL_MS, replicas });
    this.heartbeat = new Heartbeat<RootHeartbeat>(this.connection, {
      bucket: ROOTS_BUCKET,
      key: root,
      everyMs: HEARTBEAT_MS,
      ttlMs: HEARTBEAT_TTL_MS,
      state: () => ({ v: SCHEMA_VERSION, root }),
    });
    await this.heartbeat.start();
  }

  /** Before the transport stops listening: what comes until the frontends know is still answered. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.heartbeat?.stop();
  }
}
