import type { ClusterView } from '@shoal/contracts';
import { useEffect } from 'preact/hooks';
import { route } from '../router.js';
import { ShardCard } from './shard-card.js';

/** A card for each shard, and below them the members that have no place yet. */
export function ShardCards({ view }: { view: ClusterView }) {
  const target = route.value.hash.slice(1);
  useEffect(() => {
    const card = target === '' ? null : document.getElementById(target);
    card?.scrollIntoView({ block: 'nearest' });
    card?.focus({ preventScroll: true });
  }, [target]);

  const placed = new Set(view.shards.flatMap(({ replicas }) => replicas.map(({ member }) => member)));
  const others = view.members.filter(({ member }) => !placed.has(member));
  return (
    <div class="shards">
      {view.shards.length === 0 && <p class="notice notice-plain">No shard has a place yet.</p>}
      <ul class="shard-cards">
        {view.shards.map((shard) => (
          <ShardCard key={shard.shard} shard={shard} isTarget={target === `shard-${shard.shard}`} />
        ))}
      </ul>
      {others.length > 0 && (
        <p class="quiet others">
          Without a place: {others.map(({ member, state }) => `${member} (${state})`).join(', ')}
        </p>
      )}
    </div>
  );
}
