import { useEffect } from 'preact/hooks';
import { cluster, followCluster, history } from '../cluster/cluster-store.js';
import { line, peak, shardLoad, span } from '../cluster/history.js';
import { Sparkline } from '../cluster/sparkline.js';
import { formatPercentile } from '../format.js';
import { ShardNumber } from '../shard-chip.js';
import { shardHue } from '../shard-colour.js';

/** The shards in short: how slow each was lately, and how many of its replicas are ready. */
export function ShardLines() {
  useEffect(followCluster, []);
  const shards = cluster.value.view?.shards ?? [];
  const max = peak(history.value, 'p99Ms');
  return (
    <table class="shard-lines">
      <caption class="visually-hidden">The shards in the last minutes</caption>
      <thead>
        <tr>
          <th scope="col">Shard</th>
          <th scope="col">p99</th>
          <th scope="col">
            <span class="visually-hidden">p99 now</span>
          </th>
          <th scope="col">Ready</th>
        </tr>
      </thead>
      <tbody>
        {shards.map((shard) => {
          const number = shard.shard;
          const p99 = formatPercentile(shardLoad(shard).p99Ms);
          const ready = shard.replicas.filter(({ state }) => state === 'ready').length;
          return (
            <tr key={number} style={shardHue(number)}>
              <th scope="row">
                <ShardNumber shard={number} />
              </th>
              <td class="shard-line">
                <Sparkline
                  data={line(history.value, number, 'p99Ms')}
                  max={max}
                  seconds={span(history.value) / 1000}
                  label={`Shard ${number}, p99 over the last minutes, now ${p99}`}
                />
              </td>
              <td>{p99}</td>
              <td class={ready < shard.replicas.length ? 'bad' : undefined}>
                {ready} of {shard.replicas.length}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
