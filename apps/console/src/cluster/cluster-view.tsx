import { useEffect } from 'preact/hooks';
import { connection } from '../connection.js';
import { LostNotice } from '../lost-notice.js';
import { ClusterFacts } from './cluster-facts.js';
import { cluster, followCluster } from './cluster-store.js';
import { EventLog } from './event-log.js';
import { PartitionRing } from './partition-ring.js';
import { ShardCards } from './shard-cards.js';

/** The live cluster: who holds what, how busy it is, who leads, and what just happened. */
export function ClusterView() {
  useEffect(followCluster, []);
  const { view, problem } = cluster.value;
  const isLost = connection.value.state === 'lost';
  return (
    <div class="cluster-page" data-state={isLost ? 'lost' : view === undefined ? 'loading' : 'live'}>
      <h1>Cluster</h1>
      {isLost && <LostNotice hasContent={view !== undefined} />}
      {!isLost && problem !== undefined && (
        <section class="notice notice-error" role="alert" data-state="problem">
          <h2>The cluster does not say how it is</h2>
          <p>{problem}</p>
        </section>
      )}
      {view === undefined ? (
        !isLost && problem === undefined && <p class="quiet">Asking the cluster…</p>
      ) : (
        <>
          {view.stale !== null && (
            <section class="notice notice-error" role="alert" data-state="stale">
              <h2>This is how the cluster was</h2>
              <p>The frontend hears nothing of it at present: {view.stale}.</p>
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
