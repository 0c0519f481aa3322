import { effect, signal } from '@preact/signals';
import type { ShoalEvent } from '@shoal/contracts';
import { connection, onEvent } from '../connection.js';

/** A line of the log. `time` is when this page heard of it, ms since 1970. */
export interface LogEntry {
  id: number;
  time: number;
  type: ShoalEvent['type'] | 'connection';
  text: string;
}

const KEPT = 200;
let count = 0;

/** What happened since the page was opened, newest first. */
export const log = signal<readonly LogEntry[]>([]);

function add(type: LogEntry['type'], text: string): void {
  count++;
  log.value = [{ id: count, time: Date.now(), type, text }, ...log.peek().slice(0, KEPT - 1)];
}

onEvent((event) => add(event.type, event.detail));

let before = connection.peek().state;
effect(() => {
  const { state } = connection.value;
  if (state === 'lost' && before !== 'lost')
    add('connection', 'This page lost its connection to the cluster');
  if (state === 'open' && before === 'lost') add('connection', 'This page is connected again');
  before = state;
});
