import { useEffect } from 'preact/hooks';
import { cluster, refreshCluster } from '../cluster/cluster-store.js';
import { formatNoun } from '../format.js';
import { Link } from '../link.js';
import { formatSearchUrl } from './search-url.js';

const EXAMPLES = [
  'hunting dogs',
  'deep sea fish',
  'musical instrument',
  'sail a small boat',
  'migration of birds',
];

/** Stands above the box as long as nothing has been searched for. */
export function Welcome() {
  useEffect(refreshCluster, []);
  const view = cluster.value.view;
  return (
    <div class="welcome">
      <h1>
        Search{' '}
        {view === undefined || view.documents === 0
          ? 'the documents'
          : formatNoun(view.documents, 'document')}
        <span>
          {view === undefined ? 'of this cluster' : `spread over ${formatNoun(view.shards.length, 'shard')}`}
        </span>
      </h1>
    </div>
  );
}

/** Stands below it: where to begin. */
export function FirstVisit() {
  if (cluster.value.view?.documents === 0) return <NothingStored />;
  return (
    <div class="first-visit">
      <h2>Try</h2>
      <ul class="examples">
        {EXAMPLES.map((q) => (
          <li key={q}>
            <Link href={formatSearchUrl({ q, page: 1, operator: 'or', routing: undefined })}>{q}</Link>
          </li>
        ))}
      </ul>
      <p class="quiet">
        Every answer shows where its time went, process by process, and says so when a shard is missing from
        it. To see that happen, end a shard&rsquo;s process and search on; the{' '}
        <Link href="/cluster">cluster view</Link> shows who takes over. What each part of the design is for,
        the <Link href="/faults">faults</Link> show that take it away.
      </p>
    </div>
  );
}

function NothingStored() {
  return (
    <div class="first-visit" data-state="nothing-stored">
      <p>No document is stored yet. Store one, and it can be found a moment later:</p>
      <pre>
        <code>
          {`curl -X PUT ${location.origin}/api/documents/1 -H 'content-type: application/json' \\\n`}
          {`  -d '{"title": "Shoal", "text": "A large group of fish swimming together"}'`}
        </code>
      </pre>
    </div>
  );
}
