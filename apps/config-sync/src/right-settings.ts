import { renameSync, writeFileSync } from 'node:fs';
import { Inject, Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { LiveSettings, type LiveValues } from '@shoal/runtime';
import type { ConfigSyncSettings } from './settings.js';

/**
 * The settings that were right last, in a file of their own. They outlive a source that has become wrong, also for a process that only
 * starts then. Where they cannot be written this process ends: whoever starts it again tries again, and sees why.
 */
@Injectable()
export class ValidatedSettings {
  private readonly file: string;

  constructor(live: LiveSettings, @Inject(ConfigService) settings: ConfigSyncSettings) {
    this.file = settings.get('SHOAL_SETTINGS_TARGET', { infer: true });
    live.onChange((values) => this.write(values));
  }

  /** Changes at one stroke: nobody ever reads half of it. */
  private write(values: LiveValues): void {
    const unfinished = `${this.file}.unfinished`;
    writeFileSync(unfinished, `${JSON.stringify(values, null, 2)}\n`);
    renameSync(unfinished, this.file);
  }
}
