import * as units from '@grafana/grafana-foundation-sdk/units';
import { dashboard } from './dashboard.js';
import { graph } from './panels.js';
import { lately } from './promql.js';

const PROCESS = '{{service_instance_id}}';

export const ownership = dashboard({
  uid: 'shoal-ownership',
  title: 'Shoal: ownership',
  description: 'Who owns, by what right, and does everybody go by the same topology?',
  rows: {
    Owner: [
      graph({
        title: 'Who owns?',
        description:
          '1 at the indexer that believes that it owns. All 0 for longer than a few seconds: nobody sequences writes; look at the indexers and NATS. Two at once: one was paused and has not looked at its clock yet; the log refuses it.',
        unit: units.Short,
        queries: { [PROCESS]: 'shoal_indexer_leader' },
      }),
      graph({
        title: 'How often did an indexer become the owner?',
        description:
          'In the last ten minutes. More than once, and nobody was killed: NATS or the indexers are too busy to renew the lease in time. See their event loops in the overview.',
        unit: units.Short,
        queries: { [PROCESS]: lately('shoal_indexer_leases_won_total', 'service_instance_id') },
      }),
      graph({
        title: 'How long may the owner believe so without a renewal?',
        description:
          'It falls from the length of the lease and is set back with each renewal. Near 0: a renewal fails or comes late, and another will take over.',
        unit: units.Seconds,
        queries: { [PROCESS]: 'shoal_indexer_lease_remaining_seconds' },
      }),
      graph({
        title: 'For how long has it owned?',
        description:
          'The age of the lease: a tooth for each change of the owner. Short teeth: see how often it was won.',
        unit: units.Seconds,
        queries: { [PROCESS]: 'shoal_indexer_lease_age_seconds' },
      }),
    ],
    Fencing: [
      graph({
        title: 'Which late writes did the log refuse?',
        description:
          'Of a former owner that did not know it yet, in the last ten minutes. Nothing was lost: the new owner wrote them. But something held that process up: its garbage collection, its machine, the network.',
        unit: units.Short,
        queries: { [PROCESS]: lately('shoal_indexer_fenced_off_total', 'service_instance_id') },
      }),
      graph({
        title: 'Which fencing token is in force?',
        description: 'It rises with each owner and never falls. 0: this indexer does not own.',
        unit: units.NoUnit,
        queries: { [PROCESS]: 'shoal_indexer_fencing_token' },
      }),
    ],
    Topology: [
      graph({
        title: 'Which topology does each process go by?',
        description:
          'Its epoch. They should rise together. One that stays behind does not hear NATS, and its questions are refused as `wrong-epoch`: look at its connection.',
        unit: units.NoUnit,
        queries: { [PROCESS]: 'shoal_topology_epoch' },
      }),
      graph({
        title: 'Do they differ?',
        description:
          'Newest less oldest epoch in use. Above 0 for longer than a moment: the graph before says who.',
        unit: units.Short,
        queries: { epochs: 'max(shoal_topology_epoch) - min(shoal_topology_epoch)' },
      }),
      graph({
        title: 'In which state are the replicas of each shard?',
        description:
          '`none` are spares. A shard without one that is `ready` is missing in all answers. `replaying` for long: it reads the log; see "indexing".',
        unit: units.Short,
        queries: { 'shard {{shard}}: {{state}}': 'count by (shard, state) (shoal_shard_place_info)' },
      }),
      graph({
        title: 'By which statistics do roots weigh terms?',
        description:
          'Their version, at each root. It should rise while documents are written, at all roots alike. It stands still: the owner does not reduce them; its log says why.',
        unit: units.NoUnit,
        queries: { [PROCESS]: 'shoal_root_statistics_version' },
      }),
    ],
  },
});
