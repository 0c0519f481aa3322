import type { SearchAnswer } from '@shoal/contracts';
import type { ProblemError } from '../shared/api.js';
import { Countdown } from '../shared/connection-status.js';
import { formatCount, formatNoun } from '../shared/format.js';
import { Link } from '../shared/router.js';
import { retrySearch } from './search-store.js';
import { formatSearchUrl, type SearchUrl } from './search-url.js';

/** Notice of the shards and documents that a degraded answer lacks. Renders nothing for a complete answer. */
export function CoverageNotice({ answer }: { answer: SearchAnswer }) {
  const { degraded, shards, documents } = answer.coverage;
  if (!degraded) return null;
  const missing = documents.total - documents.searched;
  return (
    <section class="notice notice-warning" aria-label="Degraded answer" data-state="degraded">
      <h2>
        Degraded answer: {formatCount(shards.answered)} of {formatNoun(shards.total, 'shard')} responded
      </h2>
      <p>
        {formatCount(documents.searched)} of {formatNoun(documents.total, 'document')} were searched.
        {missing > 0 &&
          ` Hits among the other ${formatCount(missing)} are missing, and the count is a lower bound.`}
      </p>
      <p class="quiet">
        {missingShards(answer)} <Link href="/cluster">Open the cluster page</Link>
      </p>
    </section>
  );
}

/** "Missing: shard 2; 1 shard timed out." The profile names the shards; the coverage only counts them. */
function missingShards({ coverage: { shards }, profile }: SearchAnswer): string {
  const missing = profile?.shards.filter(({ replica }) => replica === null).map(({ shard }) => shard) ?? [];
  const counts = [
    shards.timedOut > 0 ? `${formatNoun(shards.timedOut, 'shard')} timed out` : '',
    shards.failed > 0 ? `${formatNoun(shards.failed, 'shard')} failed` : '',
  ].filter((part) => part !== '');
  const names = missing.length > 0 ? `Missing: ${missing.map((shard) => `shard ${shard}`).join(', ')}` : '';
  const parts = [names, counts.join(', ')].filter((part) => part !== '');
  return parts.length > 0 ? `${parts.join('; ')}.` : '';
}

/** Notice that no document matches, with suggestions for another search. */
export function EmptyNotice({ url }: { url: SearchUrl }) {
  return (
    <section class="notice notice-plain" aria-label="No matches" data-state="empty">
      <p>
        Every shard responded, and no document contains{' '}
        {url.operator === 'and' ? 'all words of' : 'any word of'} <q class="query">{url.q}</q>.
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
        <li>Check the spelling. Words match by their stem (dogs finds dog), not by their prefix.</li>
        <li>Add another word: very common words such as “the” and “of” are not indexed.</li>
      </ul>
    </section>
  );
}

interface ProblemProps {
  problem: ProblemError;
  url: SearchUrl;
  retryAt: number | undefined;
}

/** Notice of an error response: the cluster's explanation and the next retry. */
export function ProblemNotice({ problem, url, retryAt }: ProblemProps) {
  const isInvalid = problem.status < 500 && problem.status !== 429;
  return (
    <section
      class={isInvalid ? 'notice notice-plain' : 'notice notice-error'}
      role="alert"
      data-state={stateOf(problem.status)}
    >
      <h2>{heading(problem)}</h2>
      <p>{problem.message}</p>
      <p class="actions">
        {isInvalid && url.page > 1 && <Link href={formatSearchUrl({ ...url, page: 1 })}>Back to page 1</Link>}
        {!isInvalid && (
          <button type="button" class="button" onClick={retrySearch}>
            Retry now
          </button>
        )}
        {retryAt !== undefined && (
          <span class="quiet">
            {problem.retryAfter !== undefined &&
              `The cluster requests a delay of ${formatNoun(problem.retryAfter, 'second')}. `}
            Automatic retry <Countdown until={retryAt} />
          </span>
        )}
      </p>
      <p class="quiet">HTTP status {problem.status}</p>
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
      return 'Temporarily unavailable';
    case 'busy':
      return 'Too many requests';
    case 'invalid':
      return 'Invalid search';
    case 'failed':
      return title;
  }
}
