import type { ProblemError } from '../api.js';
import { Countdown } from '../countdown.js';
import { formatNoun } from '../format.js';
import { Link } from '../link.js';
import { again } from './search-store.js';
import { formatSearchUrl, type SearchUrl } from './search-url.js';

interface Props {
  problem: ProblemError;
  url: SearchUrl;
  retryAt: number | undefined;
}

/** The cluster's own words on why it did not answer, and what happens next. */
export function ProblemNotice({ problem, url, retryAt }: Props) {
  const isRequest = problem.status < 500 && problem.status !== 429;
  return (
    <section
      class={isRequest ? 'notice notice-plain' : 'notice notice-error'}
      role="alert"
      data-state={stateOf(problem.status)}
    >
      <h2>{heading(problem)}</h2>
      <p>{problem.message}</p>
      <p class="actions">
        {isRequest && url.page > 1 && <Link href={formatSearchUrl({ ...url, page: 1 })}>Back to page 1</Link>}
        {!isRequest && (
          <button type="button" class="button" onClick={again}>
            Try now
          </button>
        )}
        {retryAt !== undefined && (
          <span class="quiet">
            {problem.retryAfter !== undefined &&
              `Shoal asks to wait ${formatNoun(problem.retryAfter, 'second')}. `}
            Trying again by itself <Countdown until={retryAt} />
          </span>
        )}
      </p>
      <p class="quiet">Status {problem.status}</p>
    </section>
  );
}

function stateOf(status: number): 'unavailable' | 'busy' | 'invalid' | 'failed' {
  if (status === 503) return 'unavailable';
  if (status === 429) return 'busy';
  return status < 500 ? 'invalid' : 'failed';
}

function heading({ status, title }: ProblemError): string {
  switch (stateOf(status)) {
    case 'unavailable':
      return 'Not available just now';
    case 'busy':
      return 'Too many requests';
    case 'invalid':
      return 'This search cannot be run';
    case 'failed':
      return title;
  }
}
