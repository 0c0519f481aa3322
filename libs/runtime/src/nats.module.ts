import { setTimeout as delay } from 'node:timers/promises';
import { Global, Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { connect, errors, type NatsConnection } from '@nats-io/transport-node';
import {
  inboxPrefix,
  NATS_DIAL_TIMEOUT_MS,
  NATS_MAX_MISSED_PINGS,
  NATS_PING_INTERVAL_MS,
  NATS_RECONNECT_WAIT_MS,
} from '@shoal/contracts';
import { ConnectionStatus } from '@shoal/nats';
import { Readiness } from '@shoal/telemetry';
import type { SettingsService } from './settings.js';
import { NatsMetrics } from './nats.metrics.js';
import { UnknownVersions } from './unknown-versions.js';

/** Injection token of the process's one NATS connection. */
export const NATS = Symbol('NATS connection');

/** Time limit for flushing the last messages, in ms. */
const DRAIN_MS = 1_000;

/**
 * One connection per process. It waits for the first server and reconnects for as long as the process lives: a restart of
 * NATS is an everyday event, and until the connection is back the process is not ready.
 */
@Global()
@Module({
  providers: [
    NatsMetrics,
    UnknownVersions,
    {
      provide: NATS,
      inject: [ConfigService],
      useFactory: (settings: SettingsService) => {
        const user = settings.get('SHOAL_NATS_USER', { infer: true });
        const pass = settings.get('SHOAL_NATS_PASSWORD', { infer: true });
        return connect({
          ...(user && { user, pass: pass ?? '', inboxPrefix: inboxPrefix(user) }),
          servers: settings.get('SHOAL_NATS_URL', { infer: true }).split(','),
          name: settings.get('SHOAL_NAME', { infer: true }),
          waitOnFirstConnect: true,
          maxReconnectAttempts: -1,
          reconnectTimeWait: NATS_RECONNECT_WAIT_MS,
          // The client dials the server that it has just lost first, and a hung server accepts the connection without an answer.
          timeout: NATS_DIAL_TIMEOUT_MS,
          pingInterval: NATS_PING_INTERVAL_MS,
          maxPingOut: NATS_MAX_MISSED_PINGS,
        }).catch((error: unknown) => {
          if (!(error instanceof errors.AuthorizationError)) throw error;
          throw new Error(
            `NATS rejects user ${user ?? 'without a name'}: set SHOAL_NATS_USER and SHOAL_NATS_PASSWORD to what its configuration has`,
            { cause: error },
          );
        });
      },
    },
  ],
  exports: [NATS],
})
export class NatsModule implements OnApplicationShutdown {
  private readonly logger = new Logger('nats');
  private readonly status: ConnectionStatus;

  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    metrics: NatsMetrics,
    readiness: Readiness,
  ) {
    this.status = ConnectionStatus.of(connection);
    metrics.connected.set(1);
    readiness.add('nats', () => (this.status.isConnected ? null : 'no connection to NATS; reconnecting'));
    this.status.follow({
      onDisconnect: (server) => {
        metrics.connected.set(0);
        this.logger.warn(`lost ${server}; reconnecting`);
      },
      onReconnect: (server) => {
        metrics.connected.set(1);
        metrics.reconnects.inc();
        this.logger.log(`connected again, to ${server}`);
      },
      onError: ({ message }) => {
        metrics.errors.inc();
        // For example a missing permission, which no retry repairs.
        this.logger.error(message);
      },
    });
    void connection.closed().then((error) => error && this.end(error));
  }

  /** Runs last, after all publishers have stopped. */
  async onApplicationShutdown(): Promise<void> {
    // Draining needs the broker, which may be gone or go meanwhile: then there is nothing to wait for.
    if (this.status.isConnected)
      await Promise.race([this.connection.drain(), delay(DRAIN_MS)]).catch(() => {});
    await this.connection.close();
  }

  /** The client has given up, for example after a change of the password: the process must be restarted. */
  private end({ message }: Error): void {
    this.logger.fatal(`the connection to NATS is closed for good (${message}): this process ends`);
    process.exitCode = 1;
    process.kill(process.pid, 'SIGTERM');
  }
}
