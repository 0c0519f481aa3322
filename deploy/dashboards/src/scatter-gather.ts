import * as units from '@grafana/grafana-foundation-sdk/units';
import { dashboard, graph, orNone, perSecond, quantile, withShard } from './dashboard.js';

const LEG = 'shoal_root_leg_duration_seconds';
const LEGS = `${LEG}_count{shard=~"$shard"}`;

const REPLICA = 'shard {{shard}}: {{service_instance_id}}';

const searched = perSecond('shoal_search_documents_searched_total');
const missed = perSecond('shoal_search_documents_missed_total');
const ofShards = quantile(0.99, LEG, 'shard');
const waitingAtReplicas = quantile(0.99, 'shoal_shard_queue_duration_seconds', 'service_instance_id');

export const scatterGather = dashboard({
  uid: 'shoal-scatter-gather',
  title: 'Shoal: scatter and gather',
  description: 'Which shard delays searches, and how do hedges, retries and batches respond?',
  variables: { shard: 'shoal_root_ready_replicas' },
  rows: {
    Stragglers: [
      graph({
        title: 'Is one shard slower than the others?',
        description:
          'p99 of the wait of roots, by shard; the points are traces. One above the others: check its replicas below. If all of its replicas are slow, it has more work: dashboard "hot spots".',
        unit: units.Seconds,
        queries: {
          'shard {{shard}}': quantile(0.99, `${LEG}{shard=~"$shard", outcome="answered"}`, 'shard'),
        },
      }),
      graph({
        title: 'How many times slower is the slowest than the fastest?',
        description:
          'By p99: shards, and replicas by their queue time. A search is as slow as its slowest shard. Shards should be near 1. Replicas vary more, but above 10 one is a straggler: see the graphs below.',
        unit: units.Short,
        queries: {
          shards: `max(${ofShards}) / min(${ofShards})`,
          replicas: `max(${waitingAtReplicas}) / min(${waitingAtReplicas})`,
        },
      }),
      graph({
        title: 'Do queries wait for one replica?',
        description:
          'p99 of the queue time. One above the other replicas: it pauses now and then, its machine is busy, or the fault slow-replica is on. Roots then prefer another replica, and hedge. All: too much load; this rises first.',
        unit: units.Seconds,
        queries: { [REPLICA]: withShard(waitingAtReplicas) },
      }),
      graph({
        title: 'Does one replica compute for longer than the others?',
        description:
          'p99 of a query in memory, without queueing. Replicas have the same documents, so a difference comes from the machine. All: large postings.',
        unit: units.Seconds,
        queries: {
          [REPLICA]: withShard(quantile(0.99, 'shoal_shard_query_duration_seconds', 'service_instance_id')),
        },
      }),
    ],
    'Fan-out': [
      graph({
        title: 'How many shards does a request query?',
        description:
          'All shards, or one with `routing`; a search may fetch documents in a second round. It rises with each new shard, and so does the chance of a slow one.',
        unit: units.Short,
        queries: {
          'shards per request': `${perSecond(`${LEG}_count`)} / ${perSecond('shoal_root_request_duration_seconds_count')}`,
        },
      }),
      graph({
        title: 'How many queries share a message?',
        description:
          'Batching: queries per message to a replica. Near 1 under little load. It should rise with the load, because messages are the main cost.',
        unit: units.Short,
        queries: {
          'queries per message': `${perSecond(`${LEG}_count`)} / ${perSecond('shoal_root_messages_total')}`,
        },
      }),
      graph({
        title: 'How effective is the cache of the frontends?',
        description:
          'Share of the searches served from the cache (`hit`) or by the flight of another search (`joined`). When it falls, roots have more work: writes invalidate results, or queries have changed.',
        unit: units.PercentUnit,
        queries: {
          '{{cache}}': `${perSecond('shoal_search_duration_seconds_count', 'cache')} / on () group_left () ${perSecond('shoal_search_duration_seconds_count')}`,
        },
      }),
    ],
    'Hedges and retries': [
      graph({
        title: 'How often do roots hedge, and does it help?',
        description:
          'A hedge is a second attempt on another replica while the first is slow. Few wins: hedges only cost. "budget spent" grows: all replicas are slow, and hedges would make it worse.',
        unit: units.RequestsPerSecond,
        queries: {
          hedges: perSecond('shoal_root_hedges_total{granted="true"}'),
          won: perSecond('shoal_root_hedge_wins_total'),
          'budget spent': perSecond('shoal_root_hedges_total{granted="false"}'),
        },
      }),
      graph({
        title: 'How often do frontends hedge, and does it help?',
        description: 'The same for frontends: a second root. "budget spent" grows: all roots are slow.',
        unit: units.RequestsPerSecond,
        queries: {
          hedges: perSecond('shoal_search_hedges_total{granted="true"}'),
          won: perSecond('shoal_search_hedge_wins_total'),
          'budget spent': perSecond('shoal_search_hedges_total{granted="false"}'),
        },
      }),
      graph({
        title: 'How often do roots and frontends retry?',
        description:
          'Retries after rejections and timeouts. Normal for moments after a change of the topology. "budget spent" grows: replicas or roots are down, full, or hang.',
        unit: units.RequestsPerSecond,
        queries: {
          'root: retried': perSecond('shoal_root_retries_total{granted="true"}'),
          'root: budget spent': perSecond('shoal_root_retries_total{granted="false"}'),
          'frontend: retried': perSecond('shoal_search_retries_total{granted="true"}'),
          'frontend: budget spent': perSecond('shoal_search_retries_total{granted="false"}'),
        },
      }),
      graph({
        title: 'Why do replicas reject queries?',
        description:
          '`busy`: the queue is full, so add replicas or reduce load. `behind`: waits for statistics. `wrong-epoch`, `wrong-shard`, `not-ready`: the topology is changing. `unknown-version`: an unfinished update.',
        unit: units.RequestsPerSecond,
        queries: { '{{reason}}': perSecond('shoal_shard_rejected_total', 'reason') },
      }),
    ],
    Coverage: [
      graph({
        title: 'Which share of the documents is searched?',
        description:
          'Coverage. Below 100 %: a shard timed out or has no replica; the next graphs show which.',
        unit: units.PercentUnit,
        queries: { coverage: `${searched} / (${searched} + ${missed})` },
      }),
      graph({
        title: 'How many responses are degraded?',
        description:
          'Share of the searches without all shards. Clients see a part of the hits and a degraded flag. The error budget sets how much is acceptable.',
        unit: units.PercentUnit,
        queries: {
          degraded: `${perSecond('shoal_search_degraded_total')} / ${perSecond('shoal_search_duration_seconds_count')}`,
        },
      }),
      graph({
        title: 'Which shards did not respond?',
        description:
          'Legs that timed out or failed. One shard: it has lost its replicas, or they are slow. All: roots or NATS have a problem.',
        unit: units.RequestsPerSecond,
        queries: {
          'shard {{shard}}': orNone(
            perSecond(LEGS.replace('}', ', outcome!="answered"}'), 'shard'),
            perSecond(LEGS, 'shard'),
          ),
        },
      }),
      graph({
        title: 'How many replicas are ready?',
        description:
          'The minimum over all roots. 0: responses are degraded. 1: one more loss degrades them; check whether a process is starting or a spare is missing.',
        unit: units.Short,
        queries: {
          'shard {{shard}}': 'min by (shard) (shoal_root_ready_replicas{shard=~"$shard"})',
          target: 'max(shoal_indexer_target_replicas)',
        },
      }),
    ],
  },
});
