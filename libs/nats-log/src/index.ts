export * from './appended-lines.js';
export * from './nats-log-record.js';
