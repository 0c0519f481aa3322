import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import type { z } from 'zod';
import { LiveSettings } from './live-settings.js';
import { withSecretFiles } from './secret-files.js';
import type { Settings } from './settings.js';

@Module({ providers: [LiveSettings], exports: [LiveSettings] })
class SettingsModule {}

/**
 * Returns Nest's ConfigModule over a schema, and {@link LiveSettings}.
 * An invalid or missing setting ends the process before it does anything, with one line per setting that names it.
 */
export function settingsModule(schema: z.ZodType<Settings>): DynamicModule {
  return { module: SettingsModule, global: true, imports: [environment(schema)] };
}

function environment(schema: z.ZodType<Settings>): Promise<DynamicModule> {
  return ConfigModule.forRoot({
    isGlobal: true,
    cache: true,
    ignoreEnvFile: true,
    validate: (environment) => {
      const parsed = schema.safeParse(withSecretFiles(environment));
      if (parsed.success) return parsed.data;
      const lines = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
      throw new Error(`cannot start, correct these environment variables:\n${lines.join('\n')}`);
    },
  });
}
