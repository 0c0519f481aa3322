import { effect, signal } from '@preact/signals';
import type { ShoalEvent } from '@shoal/contracts';
import { connection, onEvent } from '../shared/connection.js';
import { formatClock } from '../shared/format.js';

/** One line of the log. `time` is when this page received the event, in ms since 1970. */
interface LogEntry {
  id: number;
  time: number;
  type: ShoalEvent['type'] | 'connection';
  text: string;
}

const MAX_ENTRIES = 200;

/** Events since the page was opened, newest first. */
const log = signal<readonly LogEntry[]>([]);
let count = 0;

function add(type: LogEntry['type'], text: string): void {
  count++;
  log.value = [{ id: count, time: Date.now(), type, text }, ...log.peek().slice(0, MAX_ENTRIES - 1)];
}

// The log is filled whether it is shown or not.
onEvent((event) => add(event.type, event.detail));

let previousState = connection.peek().state;
effect(() => {
  const { state } = connection.value;
  if (state === 'lost' && previousState !== 'lost')
    add('connection', 'this page lost its connection to the cluster');
  if (state === 'open' && previousState === 'lost')
    add('connection', 'this page is connected to the cluster again');
  previousState = state;
});

/** Events since the page was opened, newest first. Screen readers announce new ones. */
export function EventLog() {
  const entries = log.value;
  return (
    <section class="event-log" aria-labelledby="event-log-title">
      <h2 id="event-log-title">Recent events</h2>
      {entries.length === 0 && (
        <p class="quiet">
          No events since you opened this page. Members that join or leave, leader changes, late writes that
          were fenced off, new epochs and faults appear here.
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
