export * from './heartbeat.js';
export * from './roster.js';
