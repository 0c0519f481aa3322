import type { NatsConnection } from '@nats-io/transport-node';
import type { LogRecord } from './log-record.js';
import { OrderedReader } from './ordered-reader.js';

export interface TailOptions {
  stream: string;
  /** Subjects to read, wildcards allowed. They must not overlap. */
  filters: string[];
  /** First sequence to read. Default: from the start. */
  from?: number;
  /** Must be fast: it runs between two messages. If it throws, the tail ends with `onError`. */
  onRecord(record: LogRecord): void;
  /** Called when all that was in the stream at the start has been handed over, and again after each {@link Tail.catchUp}. */
  onCaughtUp(): void;
  /** The tail has ended: {@link LogResetError}, or what `onRecord` threw. What passes by itself is not reported. */
  onError(error: unknown): void;
}

/** How far a tail is behind the stream, as its consumers said with the last messages that came. */
export interface TailLag {
  /** Messages that match and have not been handed over. */
  records: number;
  /** How long ago the stream took the last message handed over, in ms; 0 when there is none after it. By two machines' clocks. */
  ms: number;
}

export interface Tail {
  /** Greatest sequence handed over; `from - 1` before the first. */
  readonly position: number;
  readonly lag: TailLag;
  /** Looks at the stream's end anew: `onCaughtUp` is called once all that it holds now has been handed over. */
  catchUp(): void;
  stop(): Promise<void>;
}

/** The server looks at every filter for each message, so one consumer with many of them replays slowly. */
const FILTERS_PER_CONSUMER = 16;

/**
 * Replays the messages that match, then follows the stream: each once, in stream order, across lost connections, restarts of NATS and
 * lost consumers. With more than 16 filters several consumers run beside each other, and the order then holds
 * within each filter only.
 * The callbacks may run before the returned promise resolves.
 * @throws when the stream is missing or out of reach at the start
 */
export async function tail(connection: NatsConnection, options: TailOptions): Promise<Tail> {
  const { stream, filters, from = 1, onRecord, onCaughtUp, onError } = options;
  let position = from - 1;
  let behind = Math.ceil(filters.length / FILTERS_PER_CONSUMER);
  const readers: OrderedReader[] = [];
  const stop = () => readers.forEach((reader) => reader.stop());
  const handlers = {
    onRecord(record: LogRecord) {
      onRecord(record);
      position = Math.max(position, record.sequence);
    },
    onCaughtUp() {
      if (--behind === 0) onCaughtUp();
    },
    onError(error: unknown) {
      stop();
      onError(error);
    },
  };
  for (let first = 0; first < filters.length; first += FILTERS_PER_CONSUMER) {
    const some = filters.slice(first, first + FILTERS_PER_CONSUMER);
    readers.push(new OrderedReader(connection, stream, some, from - 1, handlers));
  }
  try {
    await Promise.all(readers.map((reader) => reader.open()));
  } catch (error) {
    stop();
    throw error;
  }
  if (readers.length === 0) onCaughtUp();
  return {
    get position() {
      return position;
    },
    get lag() {
      const waiting = readers.filter(({ pending }) => pending > 0);
      const times = waiting.flatMap(({ storedAt }) => (storedAt === null ? [] : [Date.now() - storedAt]));
      return { records: waiting.reduce((sum, { pending }) => sum + pending, 0), ms: Math.max(0, ...times) };
    },
    catchUp() {
      behind = readers.length;
      for (const reader of readers) reader.catchUp();
      if (readers.length === 0) onCaughtUp();
    },
    stop: async () => stop(),
  };
}
