export { Readiness, type ReadinessCheck } from './health.js';
export { LatencyWindow, QUANTILE_ERROR } from './latency-window.js';
export {
  checkLogLevel,
  type Identity,
  JsonLogger,
  type JsonLoggerOptions,
  LOG_LEVELS,
  type LogLevel,
  terminalDestination,
} from './logging.js';
export { createRegistry, observeTraced } from './metrics.js';
export * from './spans.js';
export { TelemetryModule } from './telemetry.module.js';
export { isSampled, parseTraceparent, type TraceContext } from './traceparent.js';
export type { TelemetryOptions } from './sdk.js';
export { endTelemetry, startTelemetry } from './tracing.js';
