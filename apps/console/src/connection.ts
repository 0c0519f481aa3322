import { signal } from '@preact/signals';
import type { ShoalEvent } from '@shoal/contracts';
import { backoffMs } from './backoff.js';

const NAMES = ['topology', 'leadership', 'members', 'faults'] as const;

/**
 * The page's one lasting connection, the event stream, which also says whether the cluster can be reached at all.
 * `attempt` counts the tries since it was lost; `retryAt` is when the next one begins (ms since 1970).
 */
export type Connection =
  { state: 'connecting' | 'open' } | { state: 'lost'; since: number; attempt: number; retryAt: number };

export const connection = signal<Connection>({ state: 'connecting' });

/** Grows with every try to connect: whoever waits for the cluster tries again along with it. */
export const tries = signal(0);

const REST_AFTER_MS = 30_000;
/** How long the stream may take to open, and may then be silent: a frontend that lives sends a ping every 15 s. */
const OPENING_MS = 5000;
const SILENCE_MS = 40_000;

type Listener = (event: ShoalEvent) => void;
const listeners = new Set<Listener>();
let source: EventSource | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
let silence: ReturnType<typeof setTimeout> | undefined;
let failures = 0;

/** Hears every event of the cluster. @returns a function that stops it */
export function onEvent(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * Connects now, whatever was planned. We reconnect ourselves: an EventSource gives up for good on some errors, and
 * never says when it tries next.
 */
export function connect(): void {
  clearTimeout(timer);
  source?.close();
  const mine = new EventSource('/api/events');
  source = mine;
  tries.value++;
  expectLife(mine, OPENING_MS);
  mine.addEventListener('open', () => {
    expectLife(mine, SILENCE_MS);
    failures = 0;
    connection.value = { state: 'open' };
  });
  mine.addEventListener('error', () => lost(mine));
  mine.addEventListener('ping', () => expectLife(mine, SILENCE_MS));
  for (const name of NAMES) mine.addEventListener(name, (message) => hear(name, message.data));
}

/** To be called when a request found nobody there: the stream may not have noticed yet. */
export function suspect(): void {
  if (connection.value.state === 'open' && source !== undefined) lost(source);
}

/**
 * Ends the connection once the page has been hidden for a while, and takes it up again when it is seen: a browser
 * opens only six connections to a host, so the forgotten tabs of a day would starve the one in use.
 */
export function restWhileHidden(): void {
  let rest: ReturnType<typeof setTimeout> | undefined;
  document.addEventListener('visibilitychange', () => {
    clearTimeout(rest);
    if (document.hidden) rest = setTimeout(disconnect, REST_AFTER_MS);
    else if (source === undefined) connect();
  });
}

/** A process that hangs keeps its connections open: only silence tells. */
function expectLife(mine: EventSource, within: number): void {
  clearTimeout(silence);
  silence = setTimeout(() => lost(mine), within);
}

function disconnect(): void {
  clearTimeout(timer);
  clearTimeout(silence);
  source?.close();
  source = undefined;
  connection.value = { state: 'connecting' };
}

function lost(failed: EventSource): void {
  failed.close();
  if (failed !== source) return;
  failures++;
  const wait = backoffMs(failures);
  // With several frontends behind one port, the first try usually meets another one: not worth a warning.
  if (failures > 1) {
    const since = connection.value.state === 'lost' ? connection.value.since : Date.now();
    connection.value = { state: 'lost', since, attempt: failures - 1, retryAt: Date.now() + wait };
  }
  clearTimeout(timer);
  clearTimeout(silence);
  timer = setTimeout(connect, wait);
}

function hear(type: ShoalEvent['type'], data: unknown): void {
  if (typeof data !== 'string') return;
  const event = { ...(JSON.parse(data) as object), type } as ShoalEvent;
  for (const listener of listeners) listener(event);
}
