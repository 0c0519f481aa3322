import type { Hit } from '@shoal/contracts';
import { HitItem } from './hit-item.js';
import { queryTerms } from './highlight.js';
import { PAGE_SIZE } from './limits.js';
import type { SearchUrl } from './search-url.js';

/** The hits of one page, by rank. */
export function HitList({ hits, url }: { hits: Hit[]; url: SearchUrl }) {
  const terms = queryTerms(url.q);
  return (
    <ol class="hits" start={(url.page - 1) * PAGE_SIZE + 1}>
      {hits.map((hit) => (
        <HitItem key={hit.id} hit={hit} terms={terms} url={url} />
      ))}
    </ol>
  );
}
