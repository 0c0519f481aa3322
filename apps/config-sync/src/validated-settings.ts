import { renameSync, writeFileSync } from 'node:fs';
import { Inject, Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { LiveSettings, type LiveValues, settingsSchema, type SettingsService } from '@shoal/runtime';
import { z } from 'zod';

export const configSyncSettings = settingsSchema.extend({
  SHOAL_LIVE_SETTINGS: z
    .string()
    .min(1)
    .describe('the source file that operators change: in a ConfigMap or a git checkout'),
  SHOAL_SETTINGS_TARGET: z
    .string()
    .min(1)
    .describe('where valid settings are written: SHOAL_LIVE_SETTINGS of the other processes'),
});

export type ConfigSyncSettings = SettingsService<z.infer<typeof configSyncSettings>>;

/**
 * Copies the last valid settings to a file of their own, which a process can still read at its start when the source is invalid.
 * A failed write ends this process, so that the restart shows the error.
 */
@Injectable()
export class ValidatedSettings {
  private readonly file: string;

  constructor(live: LiveSettings, @Inject(ConfigService) settings: ConfigSyncSettings) {
    this.file = settings.get('SHOAL_SETTINGS_TARGET', { infer: true });
    live.onChange((values) => this.write(values));
  }

  /** Replaces the file atomically, so that no reader sees half of it. */
  private write(values: LiveValues): void {
    const unfinished = `${this.file}.unfinished`;
    writeFileSync(unfinished, `${JSON.stringify(values, null, 2)}\n`);
    renameSync(unfinished, this.file);
  }
}
