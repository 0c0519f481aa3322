import { useEffect } from 'preact/hooks';
import uPlot from 'uplot';
import { cluster, followCluster, history } from '../cluster/cluster-store.js';
import { line, peak, shardLoad, span } from '../cluster/load-history.js';
import { formatNoun, formatPercentile } from '../shared/format.js';
import { Sparkline, usePlot } from '../shared/plot.js';
import { shardHue, ShardNumber } from '../shared/shard-chip.js';
import { columns, percentile, type Probe, probes, PROBES_MS, startProbing } from './probes.js';

/** The current quality of searches: the results of the page's own probe, and the load of each shard. */
export function WatchPanel() {
  useEffect(startProbing, []);
  const sent = probes.value;
  const count = (wanted: Probe['outcome']) => sent.filter(({ outcome }) => outcome === wanted).length;
  const median = formatPercentile(percentile(sent, 0.5));
  const p95 = formatPercentile(percentile(sent, 0.95));
  const label = `${formatNoun(sent.length, 'search', 'searches')} in the last minute: median ${median}, p95 ${p95}`;
  return (
    <section class="watch" aria-labelledby="watch-title">
      <h2 id="watch-title">Probe: two searches per second</h2>
      <ProbePlot probes={sent} label={label} />
      <dl>
        <Figure name="median" value={median} />
        <Figure name="p95" value={p95} />
        <Figure name="degraded" value={`${count('degraded')}`} kind="degraded" />
        <Figure name="failed" value={`${count('failed')}`} kind="failed" />
      </dl>
      <p class="quiet">Searches that this page sent in the last minute. Shaded: a fault was active.</p>
      <ShardLines />
    </section>
  );
}

function Figure({ name, value, kind }: { name: string; value: string; kind?: string }) {
  return (
    <div data-figure={name} class={kind}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** Fixed scale, from 1 ms to above the probe's timeout, so that one slow search does not rescale the others. */
const BOTTOM_MS = 1;
const TOP_MS = 3000;

/** A dot for each search by time and duration; the background is shaded while a fault was active. */
function ProbePlot({ probes, label }: { probes: readonly Probe[]; label: string }) {
  const container = usePlot(columns(probes, TOP_MS), sizeOf, drawProbes);
  return <div class="probe-plot" ref={container} role="img" aria-label={label} />;
}

function sizeOf({ clientWidth, clientHeight }: HTMLElement): { width: number; height: number } {
  return { width: clientWidth, height: clientHeight };
}

/** A canvas cannot use custom properties, so each colour is resolved as a text colour of the element. */
function drawProbes(element: HTMLElement, size: { width: number; height: number }): uPlot {
  const colour = (name: string) => {
    element.style.color = `var(${name})`;
    return getComputedStyle(element).color;
  };
  return new uPlot(
    {
      ...size,
      padding: [6, 4, 6, 0],
      cursor: { show: false },
      legend: { show: false },
      axes: [
        { show: false },
        {
          stroke: colour('--muted'),
          font: `11px ${getComputedStyle(element).fontFamily}`,
          size: 52,
          splits: [1, 10, 100, 1000],
          // Keep all splits: by default uPlot drops some on a logarithmic axis.
          filter: (_, splits) => splits,
          values: (_, ticks) => ticks.map((ms) => (ms === 1000 ? '1 s' : `${ms} ms`)),
          grid: { stroke: colour('--line'), width: 1 },
          ticks: { show: false },
        },
      ],
      scales: {
        x: { range: () => [(Date.now() - PROBES_MS) / 1000, Date.now() / 1000] },
        y: { distr: 3, range: () => [BOTTOM_MS, TOP_MS] },
      },
      series: [
        {},
        { fill: colour('--bad-soft'), points: { show: false } },
        dots(colour('--accent')),
        dots(colour('--warn')),
        dots(colour('--bad')),
      ],
    },
    [[], [], [], [], []],
    element,
  );
}

function dots(colour: string): uPlot.Series {
  return { stroke: colour, paths: () => null, points: { show: true, size: 5, fill: colour, width: 0 } };
}

/** A line for each shard: its p99 in the last minutes and the number of its ready replicas. */
function ShardLines() {
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
