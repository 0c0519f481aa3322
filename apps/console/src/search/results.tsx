import { useEffect, useRef } from 'preact/hooks';
import { formatNoun } from '../format.js';
import { AnswerPanel } from './answer-panel.js';
import { CoverageNotice } from './coverage-notice.js';
import { EmptyNotice } from './empty-notice.js';
import { HitList } from './hit-list.js';
import { Pager } from './pager.js';
import type { Answered } from './search-store.js';
import { pageCount, type SearchUrl } from './search-url.js';

/** An answer. `stale`: a newer one is on its way, and this one is dimmed until it comes. */
export function Results({ url, answer, stale }: Answered & { stale: boolean }) {
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
        {hits.length === 0 && total.value > 0 && <p>The matches end before this page.</p>}
        <Pager url={url} matches={total.value} />
      </div>
    </div>
  );
}

function summary({ page }: SearchUrl, matches: number, degraded: boolean): string {
  if (matches === 0) return degraded ? 'No matches in the shards that answered' : 'No matches';
  const count = `${degraded ? 'At least ' : ''}${formatNoun(matches, 'match', 'matches')}`;
  const pages = pageCount(matches);
  return pages > 1 && page <= pages ? `${count}, page ${page} of ${pages}` : count;
}

/** A new page is read from its top, by eye and by screen reader. */
function useScrollOnNewPage({ page }: SearchUrl, top: { current: HTMLElement | null }): void {
  const shown = useRef(page);
  useEffect(() => {
    if (shown.current === page) return;
    shown.current = page;
    // Typing goes back to page 1 too: then the cursor stays where it is.
    if (document.activeElement?.id === 'q') return;
    top.current?.focus({ preventScroll: true });
    scrollTo({ top: 0 });
  }, [page, top]);
}

/** Shapes of hits to come, for the first search; they appear only when the answer is slow. */
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
