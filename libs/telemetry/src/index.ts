export * from './exemplars.js';
export * from './identity.js';
export * from './json-logger.js';
export * from './latency-window.js';
export * from './readiness.js';
export * from './registry.js';
export * from './telemetry.module.js';
export * from './traceparent.js';
