import * as units from '@grafana/grafana-foundation-sdk/units';
import { dashboard } from './dashboard.js';
import { graph } from './panels.js';
import { orNone, perSecond, quantile, withShard } from './promql.js';

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
  description: 'Which shard is it that all wait for, and what do hedges, retries and batches do about it?',
  variables: { shard: 'shoal_root_ready_replicas' },
  rows: {
    Stragglers: [
      graph({
        title: 'Is one shard slower than the others?',
        description:
          'p99 of what roots wait for, by shard; the points are traces. One above the others: is it one replica (graphs below)? If all of its replicas, it has more work: dashboard "hot spots".',
        unit: units.Seconds,
        queries: {
          'shard {{shard}}': quantile(0.99, `${LEG}{shard=~"$shard", outcome="answered"}`, 'shard'),
        },
      }),
      graph({
        title: 'How many times slower is the slowest than the quickest?',
        description:
          'By p99, of shards, and of replicas by the time in their queues. A search is as slow as the slowest that it asks. Shards should be near 1; replicas vary more, but above 10 one of them is a straggler: the graphs below say which.',
        unit: units.Short,
        queries: {
          shards: `max(${ofShards}) / min(${ofShards})`,
          replicas: `max(${waitingAtReplicas}) / min(${waitingAtReplicas})`,
        },
      }),
      graph({
        title: 'Do queries wait for one replica?',
        description:
          'p99 of the time in its queue. One above its twin: it stands still now and then, its machine is busy, or the fault slow-replica is on; roots then ask its twin, and hedge. All: too much load, and this rises before anything else does.',
        unit: units.Seconds,
        queries: { [REPLICA]: withShard(waitingAtReplicas) },
      }),
      graph({
        title: 'Does one replica compute for longer than its twin?',
        description:
          'p99 of a query, from memory, without waiting. Twins have the same documents, so they should be alike: if not, it is the machine. Both: large postings.',
        unit: units.Seconds,
        queries: {
          [REPLICA]: withShard(quantile(0.99, 'shoal_shard_query_duration_seconds', 'service_instance_id')),
        },
      }),
    ],
    'Fan-out': [
      graph({
        title: 'How many shards does a request ask?',
        description:
          'Each request goes to all shards, one with `routing` to one, and a search may get the rest of its documents by a second question. It rises with each new shard: so does the chance to meet a slow one.',
        unit: units.Short,
        queries: {
          'shards for each request': `${perSecond(`${LEG}_count`)} / ${perSecond('shoal_root_request_duration_seconds_count')}`,
        },
      }),
      graph({
        title: 'How many queries share a message?',
        description:
          'Batching: queries to shards for each message to a replica. Near 1 with little load; it should rise with the load, as messages are what costs.',
        unit: units.Short,
        queries: {
          'queries for each message': `${perSecond(`${LEG}_count`)} / ${perSecond('shoal_root_messages_total')}`,
        },
      }),
      graph({
        title: 'What does the cache of the frontends spare?',
        description:
          'Share of the searches that were answered from it (`hit`) or by the flight of another one (`joined`). When it falls, the roots have more to do: many writes empty it, or the questions have changed.',
        unit: units.PercentUnit,
        queries: {
          '{{cache}}': `${perSecond('shoal_search_duration_seconds_count', 'cache')} / on () group_left () ${perSecond('shoal_search_duration_seconds_count')}`,
        },
      }),
    ],
    'Second questions': [
      graph({
        title: 'How often do roots hedge, and does it help?',
        description:
          'A second question to a twin because the first takes long. Few wins: they only cost. "budget spent" grows: not one replica is slow but all, and hedges would make it worse.',
        unit: units.RequestsPerSecond,
        queries: {
          hedges: perSecond('shoal_root_hedges_total{granted="true"}'),
          'answered first': perSecond('shoal_root_hedge_wins_total'),
          'budget spent': perSecond('shoal_root_hedges_total{granted="false"}'),
        },
      }),
      graph({
        title: 'How often do frontends hedge, and does it help?',
        description: 'The same one level higher: a second root. "budget spent" grows: all roots are slow.',
        unit: units.RequestsPerSecond,
        queries: {
          hedges: perSecond('shoal_search_hedges_total{granted="true"}'),
          'answered first': perSecond('shoal_search_hedge_wins_total'),
          'budget spent': perSecond('shoal_search_hedges_total{granted="false"}'),
        },
      }),
      graph({
        title: 'How often is one asked because another could not answer, or all were silent?',
        description:
          'Retries, of roots and of frontends. For moments after a change of the topology that is as it should be. "budget spent" grows: replicas or roots are gone, full, or silent.',
        unit: units.RequestsPerSecond,
        queries: {
          'root: sent again': perSecond('shoal_root_retries_total{granted="true"}'),
          'root: budget spent': perSecond('shoal_root_retries_total{granted="false"}'),
          'frontend: sent again': perSecond('shoal_search_retries_total{granted="true"}'),
          'frontend: budget spent': perSecond('shoal_search_retries_total{granted="false"}'),
        },
      }),
      graph({
        title: 'Why could replicas not answer?',
        description:
          '`busy`: the queue is full, more replicas or less load. `behind`: it waits for the statistics. `wrong-epoch`, `wrong-shard`, `not-ready`: the topology is changing. `unknown-version`: an update that is not over.',
        unit: units.RequestsPerSecond,
        queries: { '{{reason}}': perSecond('shoal_shard_rejected_total', 'reason') },
      }),
    ],
    Coverage: [
      graph({
        title: 'For which part of the documents do answers speak?',
        description:
          'Searched of all that should have been. Below 100 %: a shard was silent or has no replica; the next graphs say which.',
        unit: units.PercentUnit,
        queries: { coverage: `${searched} / (${searched} + ${missed})` },
      }),
      graph({
        title: 'How many answers are degraded?',
        description:
          'Share of the searches that were answered without all shards. Users see a part of the hits and are told so. What it is worth to you, your error budget says.',
        unit: units.PercentUnit,
        queries: {
          degraded: `${perSecond('shoal_search_degraded_total')} / ${perSecond('shoal_search_duration_seconds_count')}`,
        },
      }),
      graph({
        title: 'Which shards did not answer?',
        description:
          'Questions to a shard that timed out or failed. One shard: it has lost its replicas, or they are slow. All: the roots or NATS are.',
        unit: units.RequestsPerSecond,
        queries: {
          'shard {{shard}}': orNone(
            perSecond(LEGS.replace('}', ', outcome!="answered"}'), 'shard'),
            perSecond(LEGS, 'shard'),
          ),
        },
      }),
      graph({
        title: 'How many replicas can be asked?',
        description:
          'As the root sees it that sees fewest. 0: answers are degraded. 1: the next loss will show; is a process starting, or is there no spare?',
        unit: units.Short,
        queries: {
          'shard {{shard}}': 'min by (shard) (shoal_root_ready_replicas{shard=~"$shard"})',
          'should be': 'max(shoal_indexer_target_replicas)',
        },
      }),
    ],
  },
});
