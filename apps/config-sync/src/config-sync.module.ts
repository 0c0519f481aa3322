import { Module } from '@nestjs/common';
import { identityOf, settingsModule } from '@shoal/runtime';
import { TelemetryModule } from '@shoal/telemetry';
import { ValidatedSettings } from './right-settings.js';
import { configSyncSettings } from './settings.js';

/** Stands beside processes whose settings may change, and hands them on only when they are right. */
@Module({
  imports: [settingsModule(configSyncSettings), TelemetryModule.forRoot(identityOf('config-sync'))],
  providers: [ValidatedSettings],
})
export class ConfigSyncModule {}
