export { type BucketOptions, ensureBucket, streamOf, subjectOf } from './bucket.js';
export * from './heartbeat.js';
export * from './roster.js';
export * from './watched.js';
export * from './watched-keys.js';
