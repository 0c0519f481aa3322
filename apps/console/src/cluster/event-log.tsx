import { formatClock } from '../format.js';
import { log } from './event-store.js';

/** What happened since the page was opened, newest first, read out as it comes. */
export function EventLog() {
  const entries = log.value;
  return (
    <section class="event-log" aria-labelledby="event-log-title">
      <h2 id="event-log-title">What just happened</h2>
      {entries.length === 0 && (
        <p class="quiet">
          Nothing since you opened this page. Members that come and go, a new leader, a late write of the
          former one that was rejected, a new epoch and faults appear here.
        </p>
      )}
      <ol
        aria-live="polite"
        aria-relevant="additions"
        aria-label="Events"
        tabIndex={entries.length > 0 ? 0 : undefined}
      >
        {entries.map(({ id, time, type, text }) => (
          <li key={id} data-type={type}>
            <time dateTime={new Date(time).toISOString()}>{formatClock(time)}</time>
            <span class={`event-type type-${type}`}>{type}</span>
            <span class="event-text">{text}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
