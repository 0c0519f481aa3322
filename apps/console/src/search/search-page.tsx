import { connection } from '../shared/connection.js';
import { LostNotice } from '../shared/connection-status.js';
import { navigate, route } from '../shared/router.js';
import { FirstVisit, Welcome } from './first-visit.js';
import { ProblemNotice } from './notices.js';
import { Results, ResultsLoading } from './results.js';
import { SearchBox } from './search-box.js';
import { search } from './search-store.js';
import { formatSearchUrl, parseSearchUrl, type SearchUrl } from './search-url.js';

/** The search view: the search box, and below it the state of the search. */
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
          {url.routing !== undefined && <RoutingFilter url={url} routing={url.routing} />}
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

const OPERATORS = [
  { operator: 'or', label: 'Any word' },
  { operator: 'and', label: 'All words' },
] as const;

/** Selects whether a document must contain any or all of the words. */
function OperatorSwitch({ url }: { url: SearchUrl }) {
  return (
    <fieldset class="segmented">
      <legend class="visually-hidden">Match</legend>
      {OPERATORS.map(({ operator, label }) => (
        <label key={operator}>
          <input
            type="radio"
            name="operator"
            value={operator}
            checked={url.operator === operator}
            onChange={() => navigate(formatSearchUrl({ ...url, operator, page: 1 }))}
          />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** The routing key that the search is limited to; a click removes it. */
function RoutingFilter({ url, routing }: { url: SearchUrl; routing: string }) {
  return (
    <button
      type="button"
      class="filter"
      aria-label={`Remove the filter routing ${routing}`}
      onClick={() => navigate(formatSearchUrl({ ...url, routing: undefined, page: 1 }))}
    >
      routing {routing} <span aria-hidden="true">×</span>
    </button>
  );
}
