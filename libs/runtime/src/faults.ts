import {
  Global,
  Inject,
  Injectable,
  Logger,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  FAULT_NAMES,
  FAULTS_BUCKET,
  readMessage,
  SCHEMA_VERSION,
  type FaultName,
  type FaultRecord,
} from '@shoal/contracts';
import { retryUntilAvailable, WatchedKeys } from '@shoal/nats';
import { Gauge, Registry } from 'prom-client';
import { NATS } from './nats.module.js';
import type { SettingsService } from './settings.js';

/**
 * Knows which faults (libs/contracts/src/faults.ts) are on in this process. In a run that does not allow them
 * (`SHOAL_FAULTS=off`, the default) nothing is watched and all stay off.
 */
@Injectable()
export class Faults implements OnModuleInit, OnApplicationShutdown {
  readonly allowed: boolean;
  private readonly logger = new Logger('faults');
  private readonly enabled = new Set<FaultName>();
  private readonly listeners = new Set<(name: FaultName, enabled: boolean) => void>();
  private readonly run: string;
  private switches?: WatchedKeys<FaultRecord>;

  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    @Inject(ConfigService) settings: SettingsService,
    registry: Registry,
  ) {
    this.allowed = settings.get('SHOAL_FAULTS', { infer: true }) === 'on';
    this.run = settings.get('SHOAL_RUN', { infer: true });
    if (this.allowed) this.exportMetrics(registry);
  }

  async onModuleInit(): Promise<void> {
    if (!this.allowed) return;
    this.switches = await retryUntilAvailable('the faults', () =>
      WatchedKeys.open<FaultRecord>(this.connection, {
        bucket: FAULTS_BUCKET,
        parse: (json) => readMessage<FaultRecord>('a fault', json),
      }),
    );
    this.switches.onChange((name, record) => this.apply(name, record));
    for (const [name, record] of this.switches.entries()) this.apply(name, record);
  }

  onApplicationShutdown(): void {
    this.switches?.close();
  }

  /** Synchronous, and cheap enough for the hot path. */
  on(name: FaultName): boolean {
    return this.enabled.has(name);
  }

  /** Calls the listener when a fault is switched, until the returned function is called. */
  onChange(listener: (name: FaultName, enabled: boolean) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Resolves once this fault is off; at once when it is. */
  async untilOff(name: FaultName): Promise<void> {
    if (!this.on(name)) return;
    const off = Promise.withResolvers<void>();
    const stop = this.onChange(() => this.on(name) || off.resolve());
    await off.promise;
    stop();
  }

  /**
   * Resolves when the switch is stored; the other processes receive it within moments. It survives the restart of a process.
   * @throws Error when this run does not allow faults; an error of NATS when the switch cannot be stored
   */
  async switch(name: FaultName, enabled: boolean): Promise<void> {
    if (!this.switches) throw new Error('this run does not allow faults: look at `allowed` first');
    if (enabled) await this.switches.set(name, { v: SCHEMA_VERSION, run: this.run });
    else await this.switches.delete(name);
  }

  private apply(key: string, record: FaultRecord | null): void {
    // A process of another release may have faults that this one does not know.
    const name = FAULT_NAMES.find((known) => known === key);
    const enabled = record?.run === this.run;
    if (!name || enabled === this.enabled.has(name)) return;
    if (enabled) this.enabled.add(name);
    else this.enabled.delete(name);
    this.logger.warn(`fault ${name} is ${enabled ? 'on' : 'off'}`);
    for (const listener of this.listeners) listener(name, enabled);
  }

  private exportMetrics(registry: Registry): void {
    const gauge: Gauge<'fault'> = new Gauge({
      name: 'shoal_fault_enabled',
      help: 'Whether a fault is on in this process',
      labelNames: ['fault'],
      registers: [registry],
      collect: () => {
        for (const fault of FAULT_NAMES) gauge.set({ fault }, Number(this.on(fault)));
      },
    });
  }
}

@Global()
@Module({ providers: [Faults], exports: [Faults] })
export class FaultsModule {}
