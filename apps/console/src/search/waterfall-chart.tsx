import { formatMs } from '../format.js';
import { Link } from '../link.js';
import { ShardNumber } from '../shard-chip.js';
import { shardHue } from '../shard-colour.js';
import { layOutWaterfall, place, type Part, type Profile, type Row } from './waterfall.js';

const LEGEND: { part: Part; label: string }[] = [
  { part: 'network', label: 'network' },
  { part: 'queue', label: 'queue' },
  { part: 'search', label: 'search' },
];

/** Where the time of one answer went, a line for each process that took part. */
export function WaterfallChart({ tookMs, profile }: { tookMs: number; profile: Profile }) {
  const { spanMs, rows } = layOutWaterfall(tookMs, profile);
  return (
    <div class="waterfall">
      <table>
        <caption class="visually-hidden">Where the time went</caption>
        <thead class="visually-hidden">
          <tr>
            <th scope="col">Process</th>
            <th scope="col">Parts</th>
            <th scope="col">Time</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <WaterfallRow key={`${row.where}-${row.profile?.shard ?? ''}`} row={row} spanMs={spanMs} />
          ))}
        </tbody>
      </table>
      {rows.length > 1 && (
        <ul class="legend" aria-hidden="true">
          {LEGEND.map(({ part, label }) => (
            <li key={part}>
              <span class={`key part-${part}`} /> {label}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function WaterfallRow({ row, spanMs }: { row: Row; spanMs: number }) {
  const parts = describe(row);
  return (
    <tr data-where={row.where} data-shard={row.profile?.shard}>
      <th scope="row">
        {row.profile === undefined ? (
          row.name
        ) : (
          <Link href={`/cluster#shard-${row.profile.shard}`}>
            <span class="visually-hidden">Shard </span>
            <ShardNumber shard={row.profile.shard} />
            {row.name ?? 'no replica'}
          </Link>
        )}
        {row.profile?.hedged && (
          <span
            class="tag"
            title="The first replica was slow, so a second one was asked; the faster answer counts"
          >
            hedged
          </span>
        )}
      </th>
      <td class="bars" title={parts} style={row.profile && shardHue(row.profile.shard)}>
        <span class="visually-hidden">{parts}</span>
        {row.segments.map((segment, at) => (
          <span
            key={at}
            class={`bar part-${segment.part}`}
            style={place(segment, spanMs)}
            aria-hidden="true"
          />
        ))}
      </td>
      <td class="time">{row.name === null ? 'no answer' : formatMs(row.totalMs)}</td>
    </tr>
  );
}

function describe({ where, name, profile, totalMs }: Row): string {
  if (profile === undefined) {
    return where === 'frontend'
      ? 'the whole answer'
      : `from the question to the merged answer ${formatMs(totalMs)}`;
  }
  if (name === null) return 'no replica answered in time';
  const { queueMs, searchMs, networkMs } = profile;
  return `network ${formatMs(networkMs)}, queue ${formatMs(queueMs)}, search ${formatMs(searchMs)}`;
}
