export { MAX_BATCH_BYTES, MAX_BATCH_RECORDS } from './batch.js';
export { FencedOffError, FencedWriter, type FencedWriterOptions } from './fenced-writer.js';
export { Lease, type LeaseEvents, type LeaseOptions } from './lease.js';
