import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { Gauge, Registry } from 'prom-client';
import { type LiveValues, parseLiveValues } from './live-values.js';
import type { SettingsService } from './settings.js';
import { watchContent } from './watched-file.js';

/**
 * The settings of the file SHOAL_LIVE_SETTINGS, which may change while the process runs. An invalid file is rejected as a
 * whole, and the log and the metrics report it. The settings before it stay in force, or the environment's for a process that
 * has just started (otherwise a typing error would cause an outage). Nest's own `ConfigService.set` does not fit: it
 * overwrites the environment and cannot restore it.
 */
@Injectable()
export class LiveSettings implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('settings');
  private readonly listeners: ((values: LiveValues) => void)[] = [];
  private readonly file: string | undefined;
  private current: LiveValues | null = null;
  private takenAt = 0;
  private succeeded = true;
  private stop?: () => void;

  constructor(@Inject(ConfigService) settings: SettingsService, registry: Registry) {
    this.file = settings.get('SHOAL_LIVE_SETTINGS', { infer: true });
    this.exportMetrics(registry);
  }

  onModuleInit(): void {
    if (this.file === undefined) return;
    this.stop = watchContent(this.file, (content) => {
      const values = parse(content);
      if (values instanceof Error) this.reject(values);
      else this.apply(values);
    });
  }

  onApplicationShutdown(): void {
    this.stop?.();
  }

  /** Settings in force; empty before the first valid file. */
  get values(): LiveValues {
    return this.current ?? {};
  }

  /** Calls the listener with each change, the first one among them. Before the module's initialisation, not to miss that. */
  onChange(listener: (values: LiveValues) => void): void {
    this.listeners.push(listener);
  }

  private apply(values: LiveValues): void {
    this.takenAt = Date.now();
    this.succeeded = true;
    const text = JSON.stringify(values);
    if (text === JSON.stringify(this.current)) return;
    // First, as it may be the level of the log that changes.
    this.logger.log(`by ${this.file} now holds ${text}`);
    this.current = values;
    for (const listener of this.listeners) listener(values);
  }

  private reject({ message }: Error): void {
    this.succeeded = false;
    const holds = this.current ? 'what was before it holds' : 'the environment holds';
    this.logger.error(`${this.file} is rejected, ${holds}: ${message}`);
  }

  private exportMetrics(registry: Registry): void {
    const read = { succeeded: () => Number(this.succeeded), at: () => this.takenAt / 1000 };
    new Gauge({
      name: 'shoal_live_settings_last_reload_successful',
      help: 'Whether the settings file was taken when it was last read; 1 without a file',
      registers: [registry],
      collect() {
        this.set(read.succeeded());
      },
    });
    new Gauge({
      name: 'shoal_live_settings_last_reload_success_timestamp_seconds',
      help: 'When the settings file was last taken, Unix time; 0 without a file',
      registers: [registry],
      collect() {
        this.set(read.at());
      },
    });
  }
}

function parse(content: string | Error): LiveValues | Error {
  if (content instanceof Error) return content;
  try {
    return parseLiveValues(content);
  } catch (error) {
    return error as Error;
  }
}
