import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Level, pino, stdTimeFunctions } from 'pino';
import type { Identity } from './identity.js';

/**
 * Nest's logger as one JSON line per event on stdout, by pino. Written at once, so that the last line before a crash is there.
 *
 * Hand it to Nest (`NestFactory.create(AppModule, { logger: new JsonLogger(identity) })`) and log through Nest's own
 * `new Logger('Context')`. A message may be a text, an Error, or an object whose fields become fields of the line
 * (its text in `msg`).
 */
export class JsonLogger implements LoggerService {
  private readonly pino;

  /**
   * The level is that of env `LOG_LEVEL` (trace, debug, info, warn, error, fatal, silent), `info` without one.
   * @throws Error when it is none of these
   */
  constructor({ service, instance }: Identity, destination?: DestinationStream) {
    const options = {
      level: process.env['LOG_LEVEL'] || 'info',
      base: { 'service.name': service, 'service.instance.id': instance },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (level: string) => ({ level }) },
    };
    this.pino = destination ? pino(options, destination) : pino(options);
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

  /** Nest puts the context last, and for errors a stack or the Error itself before it. */
  private write(level: Level, message: unknown, rest: unknown[]): void {
    const context = typeof rest.at(-1) === 'string' ? { context: rest.pop() } : {};
    const fields =
      message !== null && typeof message === 'object' && !(message instanceof Error) ? message : {};
    const text =
      message instanceof Error ? message.message : message === fields ? undefined : String(message);
    const err = [message, ...rest].find((part) => part instanceof Error);
    const stack = rest.find((part) => typeof part === 'string');
    this.pino[level]({ ...context, ...fields, ...(err ? { err } : stack ? { stack } : {}) }, text);
  }
}
