import { settingsSchema, type SettingsService } from '@shoal/runtime';
import { z } from 'zod';

export const configSyncSettings = settingsSchema.extend({
  SHOAL_LIVE_SETTINGS: z
    .string()
    .min(1)
    .describe('the file that people change: of a ConfigMap, or of a folder that git keeps up to date'),
  SHOAL_SETTINGS_TARGET: z
    .string()
    .min(1)
    .describe(
      'where it is put once it is found to be right: what the processes have for SHOAL_LIVE_SETTINGS',
    ),
});

export type ConfigSyncSettings = SettingsService<z.infer<typeof configSyncSettings>>;
