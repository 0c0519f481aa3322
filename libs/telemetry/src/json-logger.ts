import type { LoggerService } from '@nestjs/common';
import { isSpanContextValid, logs, SeverityNumber, trace } from '@opentelemetry/api';
import { type DestinationStream, type Level, pino, stdTimeFunctions } from 'pino';
import { FloodGate } from './flood-gate.js';
import type { Identity } from './identity.js';
import { type LogEvent, readLogCall } from './log-event.js';
import { type LogLevel, logLevel } from './log-level.js';
import { readableLine } from './readable-line.js';

export interface JsonLoggerOptions {
  /** Contexts whose lines are for nobody but a developer, whatever their level. */
  asDebug?: readonly string[];
  /** Where the lines go: stdout by default, made readable when that is a terminal. */
  destination?: DestinationStream;
}

/** Of one context: what fails at every request must not fill the disk, nor make the requests slower still. */
const FLOOD = { events: 100, windowMs: 10_000 };

/** By OpenTelemetry's log data model. */
const SEVERITY: Record<Level, SeverityNumber> = {
  trace: SeverityNumber.TRACE,
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
  fatal: SeverityNumber.FATAL,
};

/**
 * Nest's logger as one JSON line per event on stdout, by pino. Written at once, so that the last line before a crash is there. Each
 * event also goes to OpenTelemetry's logs API, which sends it on after `startLogExport`.
 *
 * Hand it to Nest (`NestFactory.create(AppModule, { logger: new JsonLogger(identity) })`) and log through Nest's own
 * `new Logger('Context')`. A message may be a text, an Error, or an object whose fields become fields of the line
 * (its text in `msg`). In a span the line has its `trace_id` and `span_id`. Of a context's warnings and of its errors at most 100 are
 * written in 10 s; the next one says how many were `left_out`.
 */
export class JsonLogger implements LoggerService {
  private readonly pino;
  private readonly asDebug: readonly string[];
  private readonly flood = new FloodGate(FLOOD);

  /**
   * The level is that of env `LOG_LEVEL` (trace, debug, info, warn, error, fatal, silent), `info` without one or with a wrong one, which
   * `checkLogLevel` rejects.
   */
  constructor({ service, instance }: Identity, { asDebug = [], destination }: JsonLoggerOptions = {}) {
    this.asDebug = asDebug;
    this.pino = pino(
      {
        level: logLevel(),
        base: { 'service.name': service, 'service.instance.id': instance },
        timestamp: stdTimeFunctions.isoTime,
        formatters: { level: (level: string) => ({ level }) },
      },
      destination ?? (process.stdout.isTTY ? TERMINAL : pino.destination({ sync: true })),
    );
  }

  /** From now on, instead of what the environment says; without one, that again. */
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

  private write(meant: Level, message: unknown, rest: unknown[]): void {
    const event = readLogCall(meant, message, rest);
    const { context, fields } = event;
    const level = context !== undefined && this.asDebug.includes(context) ? 'debug' : event.level;
    if (!this.pino.isLevelEnabled(level)) return;
    if (level === 'warn' || level === 'error') {
      const leftOut = this.flood.admit(`${level} ${context}`);
      if (leftOut === null) return;
      if (leftOut > 0) fields['left_out'] = leftOut;
    }
    this.pino[level]({ ...spanFields(), ...(context && { context }), ...fields }, event.text);
    send({ ...event, level });
  }
}

const TERMINAL: DestinationStream = { write: (line) => void process.stdout.write(readableLine(line)) };

/** By the names of OpenTelemetry's "Trace Context in non-OTLP Log Formats". */
function spanFields(): Record<string, string> {
  const span = trace.getActiveSpan()?.spanContext();
  return span && isSpanContextValid(span) ? { trace_id: span.traceId, span_id: span.spanId } : {};
}

function send({ level, text, context, fields }: LogEvent): void {
  logs.getLogger(context ?? '').emit({
    severityNumber: SEVERITY[level],
    severityText: level,
    ...(text !== undefined && { body: text }),
    attributes: fields,
  });
}
