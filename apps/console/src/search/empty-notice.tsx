import { Link } from '../link.js';
import { formatSearchUrl, type SearchUrl } from './search-url.js';

/** Every shard answered, and nothing matches: what one may try. */
export function EmptyNotice({ url }: { url: SearchUrl }) {
  return (
    <section class="notice notice-plain" aria-label="No matches" data-state="empty">
      <p>
        Every shard answered, and no document{' '}
        {url.operator === 'and' ? 'has all the words of' : 'has a word of'} <q class="query">{url.q}</q>.
      </p>
      <ul>
        {url.operator === 'and' && (
          <li>
            <Link href={formatSearchUrl({ ...url, operator: 'or', page: 1 })}>
              Search for any of the words
            </Link>
          </li>
        )}
        {url.routing !== undefined && (
          <li>
            <Link href={formatSearchUrl({ ...url, routing: undefined, page: 1 })}>
              Search all routing keys
            </Link>
          </li>
        )}
        <li>Check the spelling: words match by their stem (dogs finds dog), not by their beginning.</li>
        <li>Very common words such as “the” and “of” are not searched for.</li>
      </ul>
    </section>
  );
}
