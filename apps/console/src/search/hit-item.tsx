import type { Hit } from '@shoal/contracts';
import { useState } from 'preact/hooks';
import { Link } from '../link.js';
import { ShardChip } from '../shard-chip.js';
import { bestExcerpt } from './highlight.js';
import { MarkedText } from './marked-text.js';
import { formatSearchUrl, type SearchUrl } from './search-url.js';

interface Props {
  hit: Hit;
  terms: ReadonlySet<string>;
  url: SearchUrl;
}

/** One hit: title, the part of its text that matches best, and where it came from. */
export function HitItem({ hit, terms, url }: Props) {
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
          <a href={`/api/documents/${encodeURIComponent(hit.id)}`} title="The stored document, as JSON">
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

/** The server checks it too, but a link is no place for trust. */
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
