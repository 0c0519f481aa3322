import { formatMs } from '../shared/format.js';
import { Link } from '../shared/router.js';
import { shardHue, ShardNumber } from '../shared/shard-chip.js';
import { outcomeText, type Profile } from './attempts.js';
import { explain } from './explain.js';
import { layOutWaterfall, position, type Part, type Row } from './waterfall.js';

const LABELS: Record<Part, string> = {
  own: '',
  network: 'network',
  queue: 'queue',
  search: 'search',
  lost: 'superseded',
  failed: 'no response',
};

/** The reason for the duration of an answer in a sentence, and its waterfall with a row for each attempt. */
export function WaterfallChart({ tookMs, profile }: { tookMs: number; profile: Profile }) {
  const { spanMs, rows } = layOutWaterfall(tookMs, profile);
  const { text, straggler } = explain(tookMs, profile);
  const drawn = new Set(rows.flatMap(({ segments }) => segments.map(({ part }) => part)));
  return (
    <div class="waterfall">
      <p class="why">{text}</p>
      <ol aria-label="Where the time went">
        {rows.map((row, at) => (
          <WaterfallRow
            key={at}
            row={row}
            spanMs={spanMs}
            isStraggler={straggler !== null && row.attempt === straggler}
          />
        ))}
      </ol>
      {rows.length > 1 && (
        <ul class="legend" aria-hidden="true">
          {Object.entries(LABELS)
            .filter(([part, label]) => label !== '' && drawn.has(part as Part))
            .map(([part, label]) => (
              <li key={part}>
                <span class={`key part-${part}`} /> {label}
              </li>
            ))}
        </ul>
      )}
    </div>
  );
}

function WaterfallRow({ row, spanMs, isStraggler }: { row: Row; spanMs: number; isStraggler: boolean }) {
  const { where, shard, attempt } = row;
  const parts = describe(row);
  return (
    <li
      data-where={where}
      data-shard={shard}
      data-outcome={attempt?.outcome}
      style={shard === undefined ? undefined : shardHue(shard)}
    >
      <div class="line">
        <Name row={row} />
        {isStraggler && <span class="tag tag-warn">straggler</span>}
        <Reason row={row} />
        <Note row={row} />
        <span class="time">{formatMs(row.totalMs)}</span>
      </div>
      <div class="bars" title={parts}>
        {parts !== '' && <span class="visually-hidden">{parts}</span>}
        {row.segments.map((segment, at) => (
          <span
            key={at}
            class={`bar part-${segment.part}`}
            style={position(segment, spanMs)}
            aria-hidden="true"
          />
        ))}
      </div>
    </li>
  );
}

function Name({ row: { shard, name } }: { row: Row }) {
  if (shard === undefined) return <span class="name">{name}</span>;
  return (
    <Link href={`/cluster#shard-${shard}`} class="name">
      <span class="visually-hidden">Shard </span>
      <ShardNumber shard={shard} />
      {name ?? 'no replica'}
    </Link>
  );
}

const HINTS = {
  hedge: 'The first attempt was slow, so the request was also sent here. The first response is used.',
  retry: 'An earlier attempt failed or got no response, so the request was sent here.',
  fetch: 'This request fetched the documents that did not fit into the first reply.',
};

function Reason({ row: { attempt } }: { row: Row }) {
  if (attempt === undefined) return null;
  const { kind, reason } = attempt;
  return (
    <>
      {reason !== 'first' && (
        <span class="tag" title={HINTS[reason]}>
          {reason}
        </span>
      )}
      {kind === 'fetch' && (
        <span class="tag" title={HINTS.fetch}>
          documents
        </span>
      )}
    </>
  );
}

function Note({ row: { attempt, ordinary, segments } }: { row: Row }) {
  if (ordinary) return null;
  const text = attempt ? outcomeText(attempt) : 'no response';
  const part = segments[0]?.part;
  const tone = part === 'failed' || part === 'lost' ? part : 'won';
  return <span class={`note note-${tone}`}>{text}</span>;
}

/** Describes the segments of a bar for screen readers. */
function describe({ segments }: Row): string {
  const ms = new Map<Part, number>();
  for (const { part, lengthMs } of segments) ms.set(part, (ms.get(part) ?? 0) + lengthMs);
  return [...ms]
    .filter(([part]) => part === 'network' || part === 'queue' || part === 'search')
    .map(([part, length]) => `${LABELS[part]} ${formatMs(length)}`)
    .join(', ');
}
