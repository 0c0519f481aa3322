import type { LoggerService } from '@nestjs/common';
import { isSpanContextValid, logs, SeverityNumber, trace } from '@opentelemetry/api';
import { type DestinationStream, type Level, pino, stdTimeFunctions } from 'pino';
import { TokenBucket } from './token-bucket.js';

/** The process in every log line, metric and span. */
export interface Identity {
  /** The process's kind: `shard`. OpenTelemetry's `service.name`. */
  service: string;
  /** The process's own name: `shard-3`. OpenTelemetry's `service.instance.id`. */
  instance: string;
}

/** Values of LOG_LEVEL. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const isLevel = (text: string): text is LogLevel => (LOG_LEVELS as readonly string[]).includes(text);

/** Returns the level of env `LOG_LEVEL`: `info` without it, and also with an invalid one, so that the error itself is logged. */
export function logLevel(): LogLevel {
  const level = process.env['LOG_LEVEL'];
  return level && isLevel(level) ? level : 'info';
}

/** @throws Error when env `LOG_LEVEL` is set to an invalid level */
export function checkLogLevel(): void {
  const level = process.env['LOG_LEVEL'];
  if (!level || isLevel(level)) return;
  throw new Error(
    `cannot start: LOG_LEVEL is ${JSON.stringify(level)}; it must be one of ${LOG_LEVELS.join(', ')}`,
  );
}

/** Severities of OpenTelemetry's log data model. */
const SEVERITY: Record<Level, SeverityNumber> = {
  trace: SeverityNumber.TRACE,
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
  fatal: SeverityNumber.FATAL,
};

export interface JsonLoggerOptions {
  /** Contexts whose lines are logged as debug, whatever their level. */
  asDebug?: readonly string[];
  /** Receives the lines. Default: stdout, as JSON. */
  destination?: DestinationStream;
}

/**
 * Nest's logger by pino: one JSON line per event, written synchronously, so that the last line before a crash is not lost. Each event
 * also goes to OpenTelemetry's logs API, which exports it once `startTelemetry` has configured an exporter.
 *
 * A message may be a text, an Error, or an object whose fields become fields of the line (its text in `msg`). In a span the line has
 * `trace_id` and `span_id`. Warnings and errors of one context are rate-limited ({@link LogRateLimiter}); the next line after a
 * suppressed one has their number in `left_out`.
 */
export class JsonLogger implements LoggerService {
  private readonly pino;
  private readonly asDebug: readonly string[];
  private readonly limiter = new LogRateLimiter();

  /** Starts with the level of env `LOG_LEVEL`. */
  constructor({ service, instance }: Identity, { asDebug = [], destination }: JsonLoggerOptions = {}) {
    this.asDebug = asDebug;
    this.pino = pino(
      {
        level: logLevel(),
        base: { 'service.name': service, 'service.instance.id': instance },
        timestamp: stdTimeFunctions.isoTime,
        formatters: { level: (level: string) => ({ level }) },
      },
      destination ?? pino.destination({ sync: true }),
    );
  }

  /** Changes the level of the running process. Undefined restores the level of the environment. */
  setLevel(level?: LogLevel): void {
    this.pino.level = level ?? logLevel();
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }
  log(message: unknown, ...rest: unknown[]): void {
    this.write('info', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  private write(requested: Level, message: unknown, rest: unknown[]): void {
    const { text, context, fields } = readLogCall(message, rest);
    const level = context !== undefined && this.asDebug.includes(context) ? 'debug' : requested;
    if (!this.pino.isLevelEnabled(level)) return;
    if (level === 'warn' || level === 'error') {
      const suppressed = this.limiter.admit(`${level} ${context}`);
      if (suppressed === null) return;
      if (suppressed > 0) fields['left_out'] = suppressed;
    }
    this.pino[level]({ ...spanFields(), ...(context && { context }), ...fields }, text);
    logs.getLogger(context ?? '').emit({
      severityNumber: SEVERITY[level],
      severityText: level,
      ...(text !== undefined && { body: text }),
      attributes: fields,
    });
  }
}

/** Returns the destination of a process's lines: human-readable on a terminal, otherwise undefined for JSON. */
export async function terminalDestination(): Promise<DestinationStream | undefined> {
  if (!process.stdout.isTTY) return undefined;
  const readable = await readableLines({ colorize: true });
  return { write: (line) => void process.stdout.write(readable(line)) };
}

/** Returns a function that formats a JSON line for a person: `17:31:46.857 WARN: [nats] disconnected`, its fields and its stack below. */
export async function readableLines({ colorize = false } = {}): Promise<(line: string) => string> {
  const { default: pretty } = await import('pino-pretty');
  return pretty.prettyFactory({
    colorize,
    translateTime: 'UTC:HH:MM:ss.l',
    messageFormat: '{if context}[{context}] {end}{msg}',
    ignore: String.raw`context,service\.name,service\.instance\.id,exception\.type,exception\.message`,
    customPrettifiers: {
      // Without brackets.
      time: textOf,
      // Over several lines instead of in quotes.
      'exception.stacktrace': textOf,
    },
  });
}

const textOf = (value: string | object): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

/** Lines of one context and level that pass in a second on average. */
const LINES_PER_SECOND = 10;
/** Lines of one context and level that pass at once after a pause. */
const LINES_BURST = 100;

/** Limits log lines by kind. Without it, a failure on every request would fill the disk and slow requests down further. */
export class LogRateLimiter {
  private readonly kinds = new Map<string, { bucket: TokenBucket; suppressed: number }>();

  /** @param now monotonic clock in ms, replaceable in tests */
  constructor(
    private readonly perSecond = LINES_PER_SECOND,
    private readonly burst = LINES_BURST,
    private readonly now?: () => number,
  ) {}

  /** Returns null when the line must be suppressed, otherwise the number of lines of its kind suppressed since the last one that passed. */
  admit(kind: string): number | null {
    let state = this.kinds.get(kind);
    if (!state) {
      state = { bucket: new TokenBucket(this.perSecond, this.burst, this.now), suppressed: 0 };
      this.kinds.set(kind, state);
    }
    if (!state.bucket.take()) {
      state.suppressed++;
      return null;
    }
    const { suppressed } = state;
    state.suppressed = 0;
    return suppressed;
  }
}

/** One call of Nest's logger. */
interface LogCall {
  text: string | undefined;
  /** Nest's context, OpenTelemetry's instrumentation scope. */
  context: string | undefined;
  fields: Record<string, unknown>;
}

/** Reads the arguments of a call: Nest passes the context last, and for errors a stack or the Error itself before it. */
function readLogCall(message: unknown, rest: unknown[]): LogCall {
  const context = typeof rest.at(-1) === 'string' ? (rest.at(-1) as string) : undefined;
  const others = context === undefined ? rest : rest.slice(0, -1);
  const error = [message, ...others].find((part) => part instanceof Error);
  const stack = others.find((part) => typeof part === 'string');
  const exception = error ? exceptionFields(error) : stack ? { 'exception.stacktrace': stack } : {};
  if (message === null || typeof message !== 'object' || message instanceof Error) {
    return { text: message instanceof Error ? message.message : String(message), context, fields: exception };
  }
  const { msg, ...fields } = message as { msg?: string };
  return { text: msg, context, fields: { ...fields, ...exception } };
}

/** Returns the fields of OpenTelemetry's semantic conventions for exceptions; the stack includes the causes. */
function exceptionFields(error: Error): Record<string, string> {
  const { type, message, stack } = pino.stdSerializers.err(error);
  return { 'exception.type': type, 'exception.message': message, 'exception.stacktrace': stack };
}

/** Returns the fields of OpenTelemetry's "Trace Context in non-OTLP Log Formats". */
function spanFields(): Record<string, string> {
  const span = trace.getActiveSpan()?.spanContext();
  return span && isSpanContextValid(span) ? { trace_id: span.traceId, span_id: span.spanId } : {};
}
