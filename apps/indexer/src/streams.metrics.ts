import { Inject, Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { jetstreamManager, type StreamState } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { DOCS_STREAM, INTAKE_STREAM } from '@shoal/contracts';
import { NATS } from '@shoal/runtime';
import { Gauge, Registry } from 'prom-client';
import type { IndexerSettings } from './settings.js';

/** Time limit for NATS during a scrape, in ms, so that the other metrics are not held up. */
const ANSWER_MS = 500;

/**
 * Exports the backlog of INTAKE and the end of DOCS. Every indexer exports them, leader or not, because the backlog grows
 * when there is no leader. Each scrape reads NATS; without an answer there are no values, because old ones would look healthy.
 */
@Injectable()
export class StreamsMetrics {
  private readonly looks = new Map<string, Promise<StreamState | null>>();

  constructor(
    private readonly registry: Registry,
    @Inject(NATS) private readonly connection: NatsConnection,
    @Inject(ConfigService) settings: IndexerSettings,
  ) {
    this.show('shoal_intake_messages', 'Messages that wait in INTAKE', INTAKE_STREAM, (it) => it.messages);
    this.show('shoal_intake_bytes', 'Size of what waits in INTAKE', INTAKE_STREAM, (it) => it.bytes);
    this.show('shoal_intake_oldest_age_seconds', 'How long the oldest has waited', INTAKE_STREAM, ageOf);
    this.show('shoal_docs_last_sequence', 'Sequence of the newest record', DOCS_STREAM, (it) => it.last_seq);
    new Gauge({
      name: 'shoal_intake_limit_bytes',
      help: 'Size from which on INTAKE rejects writes',
      registers: [registry],
    }).set(settings.get('SHOAL_INTAKE_MAX_BYTES', { infer: true }));
  }

  private show(name: string, help: string, stream: string, valueOf: (state: StreamState) => number): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.registry],
      collect: async () => {
        const state = await this.look(stream);
        if (state) gauge.set(valueOf(state));
        else gauge.remove();
      },
    });
  }

  /** One question for all values of a scrape. */
  private look(stream: string): Promise<StreamState | null> {
    let look = this.looks.get(stream);
    if (!look) {
      look = this.ask(stream).finally(() => this.looks.delete(stream));
      this.looks.set(stream, look);
    }
    return look;
  }

  private async ask(stream: string): Promise<StreamState | null> {
    try {
      const manager = await jetstreamManager(this.connection, { checkAPI: false, timeout: ANSWER_MS });
      return (await manager.streams.info(stream)).state;
    } catch {
      return null;
    }
  }
}

/** By two machines' clocks, so that a new one may seem to come from the future. */
function ageOf({ messages, first_ts: since }: StreamState): number {
  return messages === 0 ? 0 : Math.max(0, Date.now() - Date.parse(since)) / 1000;
}
