import { useEffect } from 'preact/hooks';
import { cluster, refreshCluster } from '../cluster/cluster-store.js';
import { formatNoun } from '../shared/format.js';
import { Link } from '../shared/router.js';
import { formatSearchUrl } from './search-url.js';

const EXAMPLES = [
  'hunting dogs',
  'deep sea fish',
  'musical instrument',
  'sail a small boat',
  'migration of birds',
];

/** Heading above the search box, until the first search. */
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

/** Suggestions below the search box, until the first search. */
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
        Each answer shows how long every process took and which shards are missing. To watch a failover, kill
        a shard process, keep searching, and open the <Link href="/cluster">cluster page</Link>. The{' '}
        <Link href="/faults">faults page</Link> turns off one safeguard at a time, such as hedging or
        deadlines, and shows the effect on searches.
      </p>
    </div>
  );
}

function NothingStored() {
  return (
    <div class="first-visit" data-state="nothing-stored">
      <p>No documents are stored yet. Store one with this command, then search for it:</p>
      <pre>
        <code>
          {`curl -X PUT ${location.origin}/api/documents/1 -H 'content-type: application/json' \\\n`}
          {`  -d '{"title": "Shoal", "text": "A large group of fish swimming together"}'`}
        </code>
      </pre>
    </div>
  );
}
