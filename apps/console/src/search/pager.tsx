import { formatCount } from '../format.js';
import { Link } from '../link.js';
import { MAX_WINDOW } from './limits.js';
import { formatSearchUrl, pageCount, pageList, type SearchUrl } from './search-url.js';

/** The other pages of an answer, and why there are no more of them. */
export function Pager({ url, matches }: { url: SearchUrl; matches: number }) {
  const last = pageCount(matches);
  if (last <= 1 && url.page <= last) return null;
  const to = (page: number) => formatSearchUrl({ ...url, page });
  return (
    <nav class="pager" aria-label="Pages">
      <ul>
        {url.page > 1 && (
          <li>
            <Link href={to(Math.min(url.page - 1, last))} label="Previous page">
              ←
            </Link>
          </li>
        )}
        {pageList(url.page, last).map((page, at) =>
          page === null ? (
            <li key={`gap-${at}`} class="gap" aria-hidden="true">
              …
            </li>
          ) : (
            <li key={page}>
              <Link href={to(page)} current={page === url.page} label={`Page ${page}`}>
                {page}
              </Link>
            </li>
          ),
        )}
        {url.page < last && (
          <li>
            <Link href={to(url.page + 1)} label="Next page">
              →
            </Link>
          </li>
        )}
      </ul>
      {matches > MAX_WINDOW && url.page >= last - 1 && (
        <p class="quiet">
          The pages end at the first {formatCount(MAX_WINDOW)} of {formatCount(matches)} matches: for one deep
          page, every shard must send all its hits up to there, and the root must merge them. Add a word to
          find what lies further down.
        </p>
      )}
    </nav>
  );
}
