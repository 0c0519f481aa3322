import type { ClusterView } from '@shoal/contracts';
import { formatCount, formatRate } from '../format.js';
import { shardLoad } from './history.js';

/** The figures that hold for the whole cluster. */
export function ClusterFacts({ view }: { view: ClusterView }) {
  const ready = view.shards
    .flatMap(({ replicas }) => replicas)
    .filter(({ state }) => state === 'ready').length;
  const wanted = view.replicas * view.shards.length;
  const rate = view.shards.reduce((sum, shard) => sum + shardLoad(shard).queriesPerSecond, 0);
  return (
    <dl class="cluster-facts">
      <Fact name="Documents" value={formatCount(view.documents)} />
      <Fact name="Shard queries/s" value={formatRate(rate)} />
      <Fact name="Replicas ready" value={`${ready} of ${wanted}`} bad={ready < wanted} />
      <Fact name="Leader" value={view.leader ?? 'nobody'} bad={view.leader === null} text />
      <Fact name="Fencing token" value={`${view.fencingToken}`} />
      <Fact name="Epoch" value={formatCount(view.epoch)} />
      <Fact name="Statistics" value={`v${view.statisticsVersion}`} />
      <Fact name="Placement" value={view.placement} text />
    </dl>
  );
}

interface FactProps {
  name: string;
  value: string;
  /** Not as it should be. */
  bad?: boolean;
  text?: boolean;
}

function Fact({ name, value, bad, text }: FactProps) {
  return (
    <div class={bad ? 'bad' : undefined} data-fact={name}>
      <dt>{name}</dt>
      <dd class={text ? 'is-text' : undefined}>{value}</dd>
    </div>
  );
}
