export { ClusterModule, ClusterService } from './cluster.service.js';
export { identityOf } from './identity.js';
export { NATS, NatsModule } from './nats.module.js';
export { RecentHedging } from './recent-hedging.js';
export { run, type RunOptions } from './run.js';
export { settingsModule, settingsSchema, type Settings, type SettingsService } from './settings.js';
export { untilThere } from './until-there.js';
