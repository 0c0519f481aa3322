import type { SearchAnswer } from '@shoal/contracts';
import { formatCount, formatNoun } from '../format.js';
import { Link } from '../link.js';

/** Says what a degraded answer does not speak for. Shows nothing when it speaks for everything. */
export function CoverageNotice({ answer }: { answer: SearchAnswer }) {
  const { degraded, shards, documents } = answer.coverage;
  if (!degraded) return null;
  const missing = documents.total - documents.searched;
  return (
    <section class="notice notice-warning" aria-label="Incomplete answer" data-state="degraded">
      <h2>
        Incomplete: {formatCount(shards.answered)} of {formatNoun(shards.total, 'shard')} answered
      </h2>
      <p>
        {formatCount(documents.searched)} of {formatNoun(documents.total, 'document')} were searched.
        {missing > 0 && ` What the other ${formatCount(missing)} hold is not in this answer`}
        {missing > 0 && ', so hits may be missing and the count is a lower bound.'}
      </p>
      <p class="quiet">
        {causes(answer)} <Link href="/cluster">See the cluster</Link>
      </p>
    </section>
  );
}

/** "Missing: shard 2; 1 shard did not answer in time." The profile names the shards, the coverage only counts them. */
function causes({ coverage: { shards }, profile }: SearchAnswer): string {
  const silent = profile?.shards.filter(({ replica }) => replica === null).map(({ shard }) => shard) ?? [];
  const counts = [
    shards.timedOut > 0 ? `${formatNoun(shards.timedOut, 'shard')} did not answer in time` : '',
    shards.failed > 0 ? `${formatNoun(shards.failed, 'shard')} failed` : '',
  ].filter((part) => part !== '');
  const names = silent.length > 0 ? `Missing: ${silent.map((shard) => `shard ${shard}`).join(', ')}` : '';
  const parts = [names, counts.join(', ')].filter((part) => part !== '');
  return parts.length > 0 ? `${parts.join('; ')}.` : '';
}
