import { formatMs } from '../format.js';
import { Link } from '../link.js';
import { ShardNumber } from '../shard-chip.js';
import { shardHue } from '../shard-colour.js';
import { outcomeInWords, type Profile } from './attempts.js';
import { explain } from './explain.js';
import { layOutWaterfall, place, type Part, type Row } from './waterfall.js';

const PARTS: Record<Part, string> = {
  own: '',
  network: 'network',
  queue: 'queue',
  search: 'search',
  lost: 'overtaken',
  failed: 'no answer',
};

/** Why one answer took as long as it did: in a sentence, and a line for each attempt to get a part of it. */
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
          {Object.entries(PARTS)
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
            style={place(segment, spanMs)}
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

const HINT = {
  hedge: 'Who was asked first took long, so this one was asked too; the faster answer counts',
  retry: 'Another one could not answer, or nothing was heard of any, so this one was asked',
  fetch: 'For the documents that did not fit into the first reply',
};

function Reason({ row: { attempt } }: { row: Row }) {
  if (attempt === undefined) return null;
  const { kind, reason } = attempt;
  return (
    <>
      {reason !== 'first' && (
        <span class="tag" title={HINT[reason]}>
          {reason}
        </span>
      )}
      {kind === 'fetch' && (
        <span class="tag" title={HINT.fetch}>
          documents
        </span>
      )}
    </>
  );
}

function Note({ row: { attempt, ordinary, segments } }: { row: Row }) {
  if (ordinary) return null;
  const words = attempt ? outcomeInWords(attempt) : 'nobody answered';
  const part = segments[0]?.part;
  const tone = part === 'failed' || part === 'lost' ? part : 'won';
  return <span class={`note note-${tone}`}>{words}</span>;
}

/** The parts of a bar, for who cannot see it. */
function describe({ segments }: Row): string {
  const ms = new Map<Part, number>();
  for (const { part, lengthMs } of segments) ms.set(part, (ms.get(part) ?? 0) + lengthMs);
  return [...ms]
    .filter(([part]) => part === 'network' || part === 'queue' || part === 'search')
    .map(([part, length]) => `${PARTS[part]} ${formatMs(length)}`)
    .join(', ');
}
