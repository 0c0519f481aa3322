import type { ClusterView } from '@shoal/contracts';
import { useEffect } from 'preact/hooks';
import { formatNoun, formatPercentile, formatRanges, formatRate } from '../shared/format.js';
import { Sparkline } from '../shared/plot.js';
import { route } from '../shared/router.js';
import { shardHue, ShardNumber } from '../shared/shard-chip.js';
import { history } from './cluster-store.js';
import { line, peak, shardLoad, span, type ShardLoad } from './load-history.js';
import { emphasise } from './partition-ring.js';

type Shard = ClusterView['shards'][number];

/** A card for each shard, and below them the spares: members without an assignment. */
export function ShardCards({ view }: { view: ClusterView }) {
  const target = route.value.hash.slice(1);
  useEffect(() => {
    const card = target === '' ? null : document.getElementById(target);
    card?.scrollIntoView({ block: 'nearest' });
    card?.focus({ preventScroll: true });
  }, [target]);

  const assigned = new Set(view.shards.flatMap(({ replicas }) => replicas.map(({ member }) => member)));
  const spares = view.members.filter(({ member }) => !assigned.has(member));
  return (
    <div class="shards">
      {view.shards.length === 0 && (
        <p class="notice notice-plain">
          No shard is assigned to a member yet. Wait until the members are up.
        </p>
      )}
      <ul class="shard-cards">
        {view.shards.map((shard) => (
          <ShardCard key={shard.shard} shard={shard} isTarget={target === `shard-${shard.shard}`} />
        ))}
      </ul>
      {spares.length > 0 && (
        <p class="quiet spares">
          Spare members: {spares.map(({ member, state }) => `${member} (${state})`).join(', ')}
        </p>
      )}
    </div>
  );
}

/** One shard: its documents, its load in the last minutes, its replicas and its partitions. */
function ShardCard({ shard, isTarget }: { shard: Shard; isTarget: boolean }) {
  const number = shard.shard;
  const { queriesPerSecond, p99Ms } = shardLoad(shard);
  return (
    <li
      id={`shard-${number}`}
      class={isTarget ? 'shard-card target' : 'shard-card'}
      tabIndex={-1}
      style={shardHue(number)}
      {...emphasise(number)}
    >
      <h2>
        <span class="visually-hidden">Shard</span>
        <ShardNumber shard={number} />
        <span>{formatNoun(shard.documents, 'document')}</span>
      </h2>
      <div class="metrics">
        <Metric
          shard={number}
          metric="queriesPerSecond"
          name="queries/s"
          value={formatRate(queriesPerSecond)}
        />
        <Metric shard={number} metric="p99Ms" name="p99" value={formatPercentile(p99Ms)} />
      </div>
      <Replicas shard={shard} />
      <details class="partitions">
        <summary>{formatNoun(shard.partitions.length, 'partition')}</summary>
        <p>{formatRanges(shard.partitions)}</p>
      </details>
    </li>
  );
}

interface MetricProps {
  shard: number;
  metric: keyof ShardLoad;
  name: string;
  value: string;
}

function Metric({ shard, metric, name, value }: MetricProps) {
  return (
    <div class="metric">
      <p>
        <strong>{value}</strong> {name}
      </p>
      <Sparkline
        data={line(history.value, shard, metric)}
        max={peak(history.value, metric)}
        seconds={span(history.value) / 1000}
        label={`Shard ${shard}, ${name} over the last minutes, now ${value}`}
      />
    </div>
  );
}

function Replicas({ shard }: { shard: Shard }) {
  return (
    <table class="replicas">
      <caption class="visually-hidden">Replicas of shard {shard.shard}</caption>
      <thead>
        <tr>
          <th scope="col">Replica</th>
          <th scope="col">State</th>
          <th scope="col">q/s</th>
          <th scope="col">p99</th>
        </tr>
      </thead>
      <tbody>
        {shard.replicas.map(({ member, state, queriesPerSecond, p99Ms }) => (
          <tr key={member} data-member={member}>
            <th scope="row">{member}</th>
            <td>
              <span class={`state state-${state}`}>{state}</span>
            </td>
            <td>{state === 'missing' ? '–' : formatRate(queriesPerSecond)}</td>
            <td>{state === 'missing' ? '–' : formatPercentile(p99Ms)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
