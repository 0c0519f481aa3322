import type { Hit } from '@shoal/contracts';
import { useState } from 'preact/hooks';
import { Link } from '../shared/router.js';
import { ShardChip } from '../shared/shard-chip.js';
import { bestExcerpt, markMatches, queryTerms } from './highlight.js';
import { formatSearchUrl, PAGE_SIZE, type SearchUrl } from './search-url.js';

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

interface HitProps {
  hit: Hit;
  terms: ReadonlySet<string>;
  url: SearchUrl;
}

/** One hit: its title, the best matching part of its text, and its origin. */
function HitItem({ hit, terms, url }: HitProps) {
  const title = <MarkedText text={hit.title} terms={terms} />;
  return (
    <li class="hit" data-id={hit.id}>
      <h3>{isWebAddress(hit.url) ? <a href={hit.url}>{title}</a> : title}</h3>
      <HitText text={hit.text} terms={terms} />
      {hit.fields && <Fields fields={hit.fields} />}
      <ul class="hit-meta" aria-label="About this hit">
        <li class="hit-score">
          <span class="visually-hidden">Score </span>
          <span title="BM25 score">{hit.score.toFixed(3)}</span>
        </li>
        <li>
          <ShardChip shard={hit.shard} />
        </li>
        <li class="hit-id">
          <a href={`/api/documents/${encodeURIComponent(hit.id)}`} title="The stored document as JSON">
            {hit.id}
          </a>
        </li>
        {hit.routing !== undefined && (
          <li>
            <Link href={formatSearchUrl({ ...url, routing: hit.routing, page: 1 })} class="routing">
              routing {hit.routing}
            </Link>
          </li>
        )}
        {isWebAddress(hit.url) && <li class="hit-url">{new URL(hit.url).host}</li>}
      </ul>
    </li>
  );
}

/** Rejects other schemes such as `javascript:`. The server checks it as well. */
function isWebAddress(url: string | undefined): url is string {
  return url !== undefined && /^https?:\/\//.test(url) && URL.canParse(url);
}

function HitText({ text, terms }: { text: string; terms: ReadonlySet<string> }) {
  const [whole, setWhole] = useState(false);
  const excerpt = bestExcerpt(text, terms);
  const isCut = excerpt.cutBefore || excerpt.cutAfter;
  return (
    <p class="hit-text">
      {!whole && excerpt.cutBefore && '… '}
      <MarkedText text={whole ? text : excerpt.text} terms={terms} />
      {!whole && excerpt.cutAfter && ' …'}
      {isCut && (
        <button type="button" class="text-button" aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {whole ? 'Show less' : 'Show all'}
        </button>
      )}
    </p>
  );
}

function Fields({ fields }: { fields: NonNullable<Hit['fields']> }) {
  return (
    <dl class="fields">
      {Object.entries(fields).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Renders text with its matching words marked. Markup in the text stays text. */
function MarkedText({ text, terms }: { text: string; terms: ReadonlySet<string> }) {
  return <>{markMatches(text, terms).map(({ text, marked }) => (marked ? <mark>{text}</mark> : text))}</>;
}
