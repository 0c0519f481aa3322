import { useEffect, useRef } from 'preact/hooks';
import { formatCount, formatNoun } from '../shared/format.js';
import { Link } from '../shared/router.js';
import { AnswerPanel } from './answer-panel.js';
import { HitList } from './hits.js';
import { CoverageNotice, EmptyNotice } from './notices.js';
import type { AnsweredSearch } from './search-store.js';
import { formatSearchUrl, MAX_WINDOW, pageCount, pageList, type SearchUrl } from './search-url.js';

/** An answer. `stale`: a newer search is running, and this answer is dimmed until it completes. */
export function Results({ url, answer, stale }: AnsweredSearch & { stale: boolean }) {
  const top = useRef<HTMLHeadingElement>(null);
  useScrollOnNewPage(url, top);
  const { hits, total, coverage } = answer;
  const isEmpty = total.value === 0 && !coverage.degraded;
  return (
    <div class="results" aria-busy={stale}>
      <AnswerPanel answer={answer} />
      <div class="results-main">
        <h2 ref={top} tabIndex={-1} class="results-count">
          {summary(url, total.value, coverage.degraded)}
        </h2>
        <p class="visually-hidden" role="status">
          {stale ? 'Searching' : `${summary(url, total.value, coverage.degraded)} for ${url.q}`}
        </p>
        <CoverageNotice answer={answer} />
        {isEmpty && <EmptyNotice url={url} />}
        {hits.length > 0 && <HitList hits={hits} url={url} />}
        {hits.length === 0 && total.value > 0 && (
          <p>This page is past the last match. Go back to an earlier page.</p>
        )}
        <Pager url={url} matches={total.value} />
      </div>
    </div>
  );
}

function summary({ page }: SearchUrl, matches: number, degraded: boolean): string {
  if (matches === 0) return degraded ? 'No matches in the shards that responded' : 'No matches';
  const count = `${degraded ? 'At least ' : ''}${formatNoun(matches, 'match', 'matches')}`;
  const pages = pageCount(matches);
  return pages > 1 && page <= pages ? `${count}, page ${page} of ${pages}` : count;
}

/** Moves the view and the screen reader to the top of a new page. */
function useScrollOnNewPage({ page }: SearchUrl, top: { current: HTMLElement | null }): void {
  const shown = useRef(page);
  useEffect(() => {
    if (shown.current === page) return;
    shown.current = page;
    // Typing also returns to page 1, but the cursor must stay in the search box.
    if (document.activeElement?.id === 'q') return;
    top.current?.focus({ preventScroll: true });
    scrollTo({ top: 0 });
  }, [page, top]);
}

/** Links to the other pages of an answer. */
function Pager({ url, matches }: { url: SearchUrl; matches: number }) {
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
          The pages end at hit {formatCount(MAX_WINDOW)} of {formatCount(matches)}. For a deeper page, every
          shard would have to send all its hits up to there. Add a word to narrow the search.
        </p>
      )}
    </nav>
  );
}

/** Placeholder of the hits during the first search; it appears only when the answer is slow. */
export function ResultsLoading() {
  return (
    <div class="results loading" aria-busy="true">
      <p class="visually-hidden" role="status">
        Searching
      </p>
      <div class="results-main" aria-hidden="true">
        {[1, 2, 3, 4].map((n) => (
          <div key={n} class="skeleton">
            <span />
            <span />
            <span />
          </div>
        ))}
      </div>
    </div>
  );
}
