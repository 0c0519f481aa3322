import { useEffect } from 'preact/hooks';
import { formatNoun, formatPercentile } from '../format.js';
import { percentile } from './probe.js';
import { ProbePlot } from './probe-plot.js';
import { probes, startProbing } from './probe-store.js';
import { ShardLines } from './shard-lines.js';

/** What searches are like now: this page sends some and shows what comes back. */
export function WatchPanel() {
  useEffect(startProbing, []);
  const sent = probes.value;
  const count = (wanted: string) => sent.filter(({ outcome }) => outcome === wanted).length;
  const median = formatPercentile(percentile(sent, 0.5));
  const p95 = formatPercentile(percentile(sent, 0.95));
  const label = `${formatNoun(sent.length, 'search', 'searches')} in the last minute: half took up to ${median}, 95 of 100 up to ${p95}`;
  return (
    <section class="watch" aria-labelledby="watch-title">
      <h2 id="watch-title">Meanwhile, two searches a second</h2>
      <ProbePlot probes={sent} label={label} />
      <dl>
        <Figure name="median" value={median} />
        <Figure name="p95" value={p95} />
        <Figure name="incomplete" value={`${count('incomplete')}`} kind="incomplete" />
        <Figure name="failed" value={`${count('failed')}`} kind="failed" />
      </dl>
      <p class="quiet">
        The last minute of searches that this page sends itself. Shaded: while a fault was on.
      </p>
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
