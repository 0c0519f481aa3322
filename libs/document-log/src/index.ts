export * from './key.js';
export * from './log-record.js';
export * from './lookup.js';
export { LogResetError } from './ordered-reader.js';
export * from './publisher.js';
export * from './queue-reader.js';
export * from './streams.js';
export * from './tail.js';
