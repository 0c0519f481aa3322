import { signal } from '@preact/signals';
import type { ShoalEvent } from '@shoal/contracts';

const EVENT_TYPES = ['topology', 'leadership', 'members', 'faults'] as const;

const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 8000;
/** Time after which a hidden tab disconnects, in ms. */
const HIDDEN_MS = 30_000;
/** Maximum time until the stream opens, in ms. */
const OPENING_MS = 5000;
/** Maximum silence of an open stream, in ms. A frontend sends a ping every 15 s. */
const SILENCE_MS = 40_000;

/**
 * State of the event stream, the page's only lasting connection. It also shows whether the cluster is reachable.
 * `attempt` counts the retries since the connection was lost; `retryAt` is the time of the next one (ms since 1970).
 */
export type Connection =
  { state: 'connecting' | 'open' } | { state: 'lost'; since: number; attempt: number; retryAt: number };

export const connection = signal<Connection>({ state: 'connecting' });

/** Number of connection attempts. A failed search is retried along with each of them. */
export const connectAttempts = signal(0);

type Listener = (event: ShoalEvent) => void;
const listeners = new Set<Listener>();
let source: EventSource | undefined;
let retryTimer: ReturnType<typeof setTimeout> | undefined;
let silenceTimer: ReturnType<typeof setTimeout> | undefined;
let failures = 0;

/** Calls the listener for every event of the cluster. @returns a function that removes it */
export function onEvent(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * Returns the delay in ms before the retry after `failures` failures in a row: exponential backoff with up to 20 %
 * jitter. Without jitter all open pages would reconnect in the same instant (a thundering herd).
 */
export function backoffMs(failures: number, jitter: number = Math.random()): number {
  return Math.round(Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1)) * (1 + jitter / 5));
}

/**
 * Connects immediately and cancels a scheduled retry. The page reconnects by itself because an EventSource gives up
 * on some errors and does not report when it retries.
 */
export function connect(): void {
  clearTimeout(retryTimer);
  source?.close();
  const opened = new EventSource('/api/events');
  source = opened;
  connectAttempts.value++;
  expectActivity(opened, OPENING_MS);
  opened.addEventListener('open', () => {
    expectActivity(opened, SILENCE_MS);
    failures = 0;
    connection.value = { state: 'open' };
  });
  opened.addEventListener('error', () => connectionLost(opened));
  opened.addEventListener('ping', () => expectActivity(opened, SILENCE_MS));
  for (const type of EVENT_TYPES) opened.addEventListener(type, (message) => notify(type, message.data));
}

/** Reports a request without a response. The stream may not have detected the loss yet. */
export function reportUnreachable(): void {
  if (connection.value.state === 'open' && source !== undefined) connectionLost(source);
}

/**
 * Disconnects a page that was hidden for {@link HIDDEN_MS}, and reconnects it when it becomes visible. A browser opens
 * only six connections to a host, so background tabs would starve the active one.
 */
export function disconnectWhileHidden(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  document.addEventListener('visibilitychange', () => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(disconnect, HIDDEN_MS);
    else if (source === undefined) connect();
  });
}

/** Restarts the timeout of the stream. A process that hangs keeps its connections open, so only silence reveals it. */
function expectActivity(opened: EventSource, withinMs: number): void {
  clearTimeout(silenceTimer);
  silenceTimer = setTimeout(() => connectionLost(opened), withinMs);
}

function disconnect(): void {
  clearTimeout(retryTimer);
  clearTimeout(silenceTimer);
  source?.close();
  source = undefined;
  connection.value = { state: 'connecting' };
}

function connectionLost(failed: EventSource): void {
  failed.close();
  if (failed !== source) return;
  failures++;
  const waitMs = backoffMs(failures);
  // With several frontends behind one port the first retry usually reaches another frontend, so no warning yet.
  if (failures > 1) {
    const since = connection.value.state === 'lost' ? connection.value.since : Date.now();
    connection.value = { state: 'lost', since, attempt: failures - 1, retryAt: Date.now() + waitMs };
  }
  clearTimeout(retryTimer);
  clearTimeout(silenceTimer);
  retryTimer = setTimeout(connect, waitMs);
}

function notify(type: ShoalEvent['type'], data: unknown): void {
  if (typeof data !== 'string') return;
  const event = { ...(JSON.parse(data) as object), type } as ShoalEvent;
  for (const listener of listeners) listener(event);
}
