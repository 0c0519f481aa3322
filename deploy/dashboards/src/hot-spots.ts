import * as units from '@grafana/grafana-foundation-sdk/units';
import { dashboard, graph, perSecond, quantile, withShard } from './dashboard.js';

const REPLICA = 'shard {{shard}}: {{service_instance_id}}';

const reads = perSecond('shoal_shard_partition_queries_total', 'partition');
const writes = perSecond('shoal_indexer_sequenced_total', 'partition');
// Replicas of a shard have the same documents, or soon will.
const documents = `max by (shard) (${withShard('shoal_shard_documents')})`;

/** Divides the maximum of a vector by its average: 1 when all values are equal. */
const skew = (vector: string): string => `max(${vector}) / avg(${vector})`;

export const hotSpots = dashboard({
  uid: 'shoal-hot-spots',
  title: 'Shoal: hot spots',
  description: 'Does one partition, shard or replica have more work than the others?',
  rows: {
    Partitions: [
      graph({
        title: 'Which partitions are searched most?',
        description:
          'The ten hottest partitions. A search with `routing` goes to one partition, any other to all, so curves are level. One above the others: a popular routing key. More replicas of its shard help, more shards do not.',
        unit: units.RequestsPerSecond,
        queries: { 'partition {{partition}}': `topk(10, ${reads})` },
      }),
      graph({
        title: 'Which partitions are written most?',
        description:
          'Records of the ten hottest partitions. One above the others: many documents with one routing key, or one document written repeatedly.',
        unit: units.WritesPerSecond,
        queries: { 'partition {{partition}}': `topk(10, ${writes})` },
      }),
      graph({
        title: 'How much hotter is the hottest partition than the average?',
        description:
          '1: all are alike. With few requests it is chance. Above 2 for long: find the client that sends that routing key; traces do not contain query texts.',
        unit: units.Short,
        queries: { searches: skew(reads), writes: skew(writes) },
      }),
    ],
    Shards: [
      graph({
        title: 'How many documents does each shard hold?',
        description:
          'Shards should be about alike. A larger one has the partition of a popular routing key. More partitions per shard even it out (SHOAL_PARTITIONS, on an empty data folder).',
        unit: units.Short,
        queries: { 'shard {{shard}}': documents },
      }),
      graph({
        title: 'How much larger is the largest shard than the average?',
        description:
          'Skew: 1 when all are alike. Above 1.5, searches wait for the largest shard: see the previous graph.',
        unit: units.Short,
        queries: { documents: skew(documents) },
      }),
      graph({
        title: 'Do replicas of a shard differ?',
        description:
          'Difference in documents between its replicas. Above 0 during writes, because processes are scraped at different moments. More than five seconds of writes, or above 0 without writes: a replica lags (dashboard "indexing").',
        unit: units.Short,
        queries: {
          'shard {{shard}}': `${documents} - min by (shard) (${withShard('shoal_shard_documents')})`,
        },
      }),
    ],
    Replicas: [
      graph({
        title: 'How many queries does each replica answer?',
        description:
          'Replicas of a shard share the queries. One with far fewer is avoided, because it was slow or rejected queries: see "scatter and gather".',
        unit: units.RequestsPerSecond,
        queries: {
          [REPLICA]: withShard(perSecond('shoal_shard_query_duration_seconds_count', 'service_instance_id')),
        },
      }),
      graph({
        title: 'How long is the queue of each replica?',
        description:
          'Messages in its queue. Not near 0 at one replica: it is hot or slow. At all: more load than the cluster can serve.',
        unit: units.Short,
        queries: { [REPLICA]: withShard('shoal_queue_messages') },
      }),
      graph({
        title: 'How long does a query take at each replica?',
        description:
          'p50 of the execution in memory, without queueing. Higher at one shard: more or longer documents. Higher at one replica: a busy machine.',
        unit: units.Seconds,
        queries: {
          [REPLICA]: withShard(quantile(0.5, 'shoal_shard_query_duration_seconds', 'service_instance_id')),
        },
      }),
      graph({
        title: 'Which replicas reject queries because their queue is full?',
        description:
          'Rejected messages are retried on another replica. For longer than a moment: give this shard more replicas.',
        unit: units.RequestsPerSecond,
        queries: {
          [REPLICA]: withShard(perSecond('shoal_shard_rejected_total{reason="busy"}', 'service_instance_id')),
        },
      }),
    ],
  },
});
