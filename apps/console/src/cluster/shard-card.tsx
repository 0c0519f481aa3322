import type { ClusterView } from '@shoal/contracts';
import { formatPercentile, formatNoun, formatRanges, formatRate } from '../format.js';
import { ShardNumber } from '../shard-chip.js';
import { shardHue } from '../shard-colour.js';
import { history as samples } from './cluster-store.js';
import { point } from './highlight-shard.js';
import { line, peak, shardLoad, span, type ShardLoad } from './history.js';
import { Sparkline } from './sparkline.js';

type Shard = ClusterView['shards'][number];

/** One shard: what it holds, how busy it was in the last minutes, and its replicas. */
export function ShardCard({ shard, isTarget }: { shard: Shard; isTarget: boolean }) {
  const number = shard.shard;
  const { queriesPerSecond, p99Ms } = shardLoad(shard);
  return (
    <li
      id={`shard-${number}`}
      class={isTarget ? 'shard-card target' : 'shard-card'}
      tabIndex={-1}
      style={shardHue(number)}
      {...point(number)}
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
        data={line(samples.value, shard, metric)}
        max={peak(samples.value, metric)}
        seconds={span(samples.value) / 1000}
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
