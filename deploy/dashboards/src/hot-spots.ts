import * as units from '@grafana/grafana-foundation-sdk/units';
import { dashboard } from './dashboard.js';
import { graph } from './panels.js';
import { perSecond, quantile, withShard } from './promql.js';

const REPLICA = 'shard {{shard}}: {{service_instance_id}}';

const reads = perSecond('shoal_shard_partition_queries_total', 'partition');
const writes = perSecond('shoal_indexer_sequenced_total', 'partition');
// A shard's replicas have the same documents, or soon will.
const documents = `max by (shard) (${withShard('shoal_shard_documents')})`;

/** The largest of a vector by its average: 1 when all are alike. */
const skew = (vector: string): string => `max(${vector}) / avg(${vector})`;

export const hotSpots = dashboard({
  uid: 'shoal-hot-spots',
  title: 'Shoal: hot spots',
  description: 'Has one partition, shard or replica more to do than the others?',
  rows: {
    Partitions: [
      graph({
        title: 'Which partitions are searched most?',
        description:
          'Searches of the ten hottest. One with `routing` asks one partition, any other asks all, so that they lie level. One above the others: one routing key is popular. More replicas of its shard help, more shards do not.',
        unit: units.RequestsPerSecond,
        queries: { 'partition {{partition}}': `topk(10, ${reads})` },
      }),
      graph({
        title: 'Which partitions are written most?',
        description:
          'Records of the ten hottest. One above the others: many documents with one routing key, or one document again and again.',
        unit: units.WritesPerSecond,
        queries: { 'partition {{partition}}': `topk(10, ${writes})` },
      }),
      graph({
        title: 'How much hotter is the hottest partition than the average?',
        description:
          '1: all alike. With few requests it is chance. Above 2 for long: find out who sends that routing key; traces do not say what was asked.',
        unit: units.Short,
        queries: { searches: skew(reads), writes: skew(writes) },
      }),
    ],
    Shards: [
      graph({
        title: 'How many documents does each shard hold?',
        description:
          'They should be about alike. One with more has the partition of a popular routing key; more partitions for each shard even it out (SHOAL_PARTITIONS, on an empty data folder).',
        unit: units.Short,
        queries: { 'shard {{shard}}': documents },
      }),
      graph({
        title: 'How much larger is the largest shard than the average?',
        description:
          'Skew: 1 when all are alike. Above 1.5 the largest shard is what all searches wait for: see the graph before.',
        unit: units.Short,
        queries: { documents: skew(documents) },
      }),
      graph({
        title: 'Do replicas of a shard differ?',
        description:
          'Largest less smallest number of documents of its replicas. While documents are written it is never 0, as processes are read at different moments. More than five seconds of writes, or not 0 in quiet: one lags (dashboard "indexing").',
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
          'Twins of a shard share them. One with far fewer is avoided, as it was slow or refused: see "scatter and gather".',
        unit: units.RequestsPerSecond,
        queries: {
          [REPLICA]: withShard(perSecond('shoal_shard_query_duration_seconds_count', 'service_instance_id')),
        },
      }),
      graph({
        title: 'What waits at each replica?',
        description:
          'Messages in its queue. Not near 0 at one: it is hot, or slow. At all: more load than the cluster can carry.',
        unit: units.Short,
        queries: { [REPLICA]: withShard('shoal_queue_messages') },
      }),
      graph({
        title: 'How long does a query take at each replica?',
        description:
          'p50, from memory, without waiting. Higher at one shard: larger postings, that is more or longer documents. At one replica: a busy machine.',
        unit: units.Seconds,
        queries: {
          [REPLICA]: withShard(quantile(0.5, 'shoal_shard_query_duration_seconds', 'service_instance_id')),
        },
      }),
      graph({
        title: 'Which replicas refuse, as they are full?',
        description:
          'Messages that went on to a twin because the queue was full. More than a moment: more replicas for this shard.',
        unit: units.RequestsPerSecond,
        queries: {
          [REPLICA]: withShard(perSecond('shoal_shard_rejected_total{reason="busy"}', 'service_instance_id')),
        },
      }),
    ],
  },
});
