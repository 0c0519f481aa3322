import type { ClusterView } from '@shoal/contracts';
import { useEffect } from 'preact/hooks';
import { connection } from '../shared/connection.js';
import { LostNotice } from '../shared/connection-status.js';
import { formatCount, formatRate } from '../shared/format.js';
import { cluster, followCluster } from './cluster-store.js';
import { EventLog } from './event-log.js';
import { shardLoad } from './load-history.js';
import { PartitionRing } from './partition-ring.js';
import { ShardCards } from './shard-cards.js';

/** The live cluster: leader, shards and replicas, their load, and the recent events. */
export function ClusterPage() {
  useEffect(followCluster, []);
  const { view, problem } = cluster.value;
  const isLost = connection.value.state === 'lost';
  return (
    <div class="cluster-page" data-state={isLost ? 'lost' : view === undefined ? 'loading' : 'live'}>
      <h1>Cluster</h1>
      {isLost && <LostNotice hasContent={view !== undefined} />}
      {!isLost && problem !== undefined && (
        <section class="notice notice-error" role="alert" data-state="problem">
          <h2>Cluster state unavailable</h2>
          <p>{problem}</p>
        </section>
      )}
      {view === undefined ? (
        !isLost && problem === undefined && <p class="quiet">Loading the cluster state…</p>
      ) : (
        <>
          {view.stale !== null && (
            <section class="notice notice-error" role="alert" data-state="stale">
              <h2>Cluster state out of date</h2>
              <p>The frontend receives no updates: {view.stale}.</p>
            </section>
          )}
          <ClusterFacts view={view} />
          <div class="cluster-columns">
            <PartitionRing shards={view.shards} />
            <ShardCards view={view} />
          </div>
        </>
      )}
      <EventLog />
    </div>
  );
}

/** The figures of the whole cluster. */
function ClusterFacts({ view }: { view: ClusterView }) {
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
      <Fact name="Leader" value={view.leader ?? 'none'} bad={view.leader === null} text />
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
  /** Marks a value that needs attention. */
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
