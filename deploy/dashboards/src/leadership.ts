import * as units from '@grafana/grafana-foundation-sdk/units';
import { dashboard, graph, lately } from './dashboard.js';

const PROCESS = '{{service_instance_id}}';

export const leadership = dashboard({
  uid: 'shoal-leadership',
  title: 'Shoal: leadership',
  description: 'Which indexer leads, by which term, and do all processes use the same topology?',
  rows: {
    Leader: [
      graph({
        title: 'Which indexer leads?',
        description:
          '1 at the leader. All 0 for longer than a few seconds: writes are not sequenced; check the indexers and NATS. Two at 1: one was paused and has not checked its lease yet; the log fences it off.',
        unit: units.Short,
        queries: { [PROCESS]: 'shoal_indexer_leader' },
      }),
      graph({
        title: 'How often did an indexer win the election?',
        description:
          'In the last ten minutes. More than once without a kill: NATS or the indexers are too busy to renew the lease. See their event loops in the overview.',
        unit: units.Short,
        queries: { [PROCESS]: lately('shoal_indexer_leases_won_total', 'service_instance_id') },
      }),
      graph({
        title: 'How much time is left on the lease?',
        description:
          'Falls from the length of the lease and resets with each renewal. Near 0: a renewal failed or is late, and another indexer will take over.',
        unit: units.Seconds,
        queries: { [PROCESS]: 'shoal_indexer_lease_remaining_seconds' },
      }),
      graph({
        title: 'How old is the term?',
        description: 'A tooth for each change of leadership. Short teeth: see how often elections were won.',
        unit: units.Seconds,
        queries: { [PROCESS]: 'shoal_indexer_lease_age_seconds' },
      }),
    ],
    Fencing: [
      graph({
        title: 'Which stale writes were fenced off?',
        description:
          'Writes of a former leader in the last ten minutes. Nothing was lost: the new leader wrote them. But the former leader was paused: garbage collection, its machine, or the network.',
        unit: units.Short,
        queries: { [PROCESS]: lately('shoal_indexer_fenced_off_total', 'service_instance_id') },
      }),
      graph({
        title: 'Which fencing token is in force?',
        description: 'Rises with each term and never falls. 0: this indexer does not lead.',
        unit: units.NoUnit,
        queries: { [PROCESS]: 'shoal_indexer_fencing_token' },
      }),
    ],
    Topology: [
      graph({
        title: 'Which topology does each process use?',
        description:
          'Its epoch. All should rise together. A process that stays behind does not receive updates from NATS, and its queries are rejected as `wrong-epoch`: check its connection.',
        unit: units.NoUnit,
        queries: { [PROCESS]: 'shoal_topology_epoch' },
      }),
      graph({
        title: 'Do epochs differ?',
        description:
          'Newest minus oldest epoch in use. Above 0 for longer than a moment: the previous graph shows the process.',
        unit: units.Short,
        queries: { epochs: 'max(shoal_topology_epoch) - min(shoal_topology_epoch)' },
      }),
      graph({
        title: 'In which state are the replicas of each shard?',
        description:
          '`none` are spares. A shard without a `ready` replica is missing from all responses. `replaying` for long: see "indexing".',
        unit: units.Short,
        queries: { 'shard {{shard}}: {{state}}': 'count by (shard, state) (shoal_shard_assignment_info)' },
      }),
      graph({
        title: 'Which statistics version do roots use?',
        description:
          'At each root. It should rise during writes, at all roots alike. Flat: the leader does not publish statistics; its log gives the reason.',
        unit: units.NoUnit,
        queries: { [PROCESS]: 'shoal_root_statistics_version' },
      }),
    ],
  },
});
