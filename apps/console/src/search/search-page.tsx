import { connection } from '../connection.js';
import { LostNotice } from '../lost-notice.js';
import { navigate, route } from '../router.js';
import { FirstVisit, Welcome } from './first-visit.js';
import { OperatorSwitch } from './operator-switch.js';
import { ProblemNotice } from './problem-notice.js';
import { Results, ResultsLoading } from './results.js';
import { SearchBox } from './search-box.js';
import { search } from './search-store.js';
import { formatSearchUrl, parseSearchUrl } from './search-url.js';

/** The search view: the box, and below it whatever the state of the search is. */
export function SearchPage() {
  const state = search.value;
  const url = parseSearchUrl(route.value.search);
  const isLost = state.kind === 'lost' || connection.value.state === 'lost';
  return (
    <div class={`search-page state-${state.kind}`} data-state={state.kind}>
      {state.kind === 'first' ? <Welcome /> : <h1 class="visually-hidden">Search</h1>}
      <div class="search-head" key="head">
        <SearchBox />
        <div class="search-options">
          <OperatorSwitch url={url} />
          {url.routing !== undefined && (
            <button
              type="button"
              class="filter"
              aria-label={`Stop searching only routing ${url.routing}`}
              onClick={() => navigate(formatSearchUrl({ ...url, routing: undefined, page: 1 }))}
            >
              routing {url.routing} <span aria-hidden="true">×</span>
            </button>
          )}
        </div>
      </div>
      {isLost && <LostNotice hasContent={state.kind !== 'lost'} />}
      <Content />
    </div>
  );
}

function Content() {
  const state = search.value;
  switch (state.kind) {
    case 'first':
      return <FirstVisit />;
    case 'loading':
      return state.previous ? <Results {...state.previous} stale /> : <ResultsLoading />;
    case 'answered':
      return <Results {...state} stale={false} />;
    case 'problem':
      return <ProblemNotice problem={state.problem} url={state.url} retryAt={state.retryAt} />;
    case 'lost':
      return null;
  }
}
