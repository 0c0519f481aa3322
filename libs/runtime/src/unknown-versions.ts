import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { UNKNOWN_VERSIONS, type UnknownVersionError } from '@shoal/contracts';
import { Counter, Registry } from 'prom-client';

/** A process of another release may send the same kind of message many times a second. */
const QUIET_MS = 60_000;

/** Counts the messages that this process rejects because of their version, and logs at most one a minute for each kind. */
@Injectable()
export class UnknownVersions implements OnApplicationShutdown {
  private readonly logger = new Logger('versions');
  private readonly saidAt = new Map<string, number>();
  private readonly counter: Counter<'message'>;
  private readonly listener = (error: unknown) => this.met(error as UnknownVersionError);

  constructor(registry: Registry) {
    this.counter = new Counter({
      name: 'shoal_unknown_version_total',
      help: 'Messages rejected because this release does not read their version',
      labelNames: ['message'],
      registers: [registry],
    });
    UNKNOWN_VERSIONS.subscribe(this.listener);
  }

  onApplicationShutdown(): void {
    UNKNOWN_VERSIONS.unsubscribe(this.listener);
  }

  private met({ what, message }: UnknownVersionError): void {
    this.counter.inc({ message: what });
    const now = performance.now();
    if (now - (this.saidAt.get(what) ?? -Infinity) < QUIET_MS) return;
    this.saidAt.set(what, now);
    this.logger.error(`rejected: ${message}`);
  }
}
