import { Module } from '@nestjs/common';
import { identityOf, settingsModule } from '@shoal/runtime';
import { TelemetryModule } from '@shoal/telemetry';
import { configSyncSettings, ValidatedSettings } from './validated-settings.js';

/** Passes changed settings to other processes once they are valid. */
@Module({
  imports: [settingsModule(configSyncSettings), TelemetryModule.forRoot(identityOf('config-sync'))],
  providers: [ValidatedSettings],
})
export class ConfigSyncModule {}
